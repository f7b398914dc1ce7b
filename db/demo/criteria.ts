// What wards say of whom they take, version by version, in invented words such as a ward would write. None of the wards for one sex whose beds
// are promised to be free says anything that a plain need of an adult would meet with "ask".
import type { Criterion } from '@homeward/shared/beds/contract.ts';
import { dayMs, hourMs } from '@homeward/shared/kernel/interval.ts';
import type { Offices } from './accounts.ts';
import { Chance } from './chance.ts';
import type { Places } from './places.ts';
import { at, type Clock, type Row, type Told } from './rows.ts';

type Said = [about: Criterion['about'], code: string, outcome: Criterion['outcome'], words: string];
interface Version {
  daysAgo: number;
  reason: string;
  items: Said[];
}

const openAcute: Said[] = [
  ['need', 'step-free', 'meets', 'The whole ward is on one level.'],
  ['need', 'en-suite', 'meets', 'Every room has its own shower.'],
  ['need', 'one-to-one', 'ask', 'One at a time is in our numbers; a second needs the site lead.'],
  ['need', 'interpreter', 'meets', 'By phone at any hour, in person with two hours’ notice.'],
  ['need', 'detoxification', 'meets', 'Alcohol, yes. Opiates: ring the ward doctor first.'],
  ['need', 'nasogastric-feeding', 'does-not-meet', 'Nobody on the ward is trained for it.'],
  ['legal-status', '15', 'ask', 'With a restriction order: the consultant decides.'],
];

/** Adult intensive care: who it is for, who may be, and who isn't. */
const intensiveCare: Said[] = [
  ['everyone', '', 'ask', 'The nurse in charge hears the risks on the phone before every admission, at any hour.'],
  ['legal-status', '01', 'does-not-meet', 'Only people who are detained: the ward is locked and nobody may be kept here informally.'],
  ['legal-status', '05', 'meets', 'Held for assessment: with the assessment booked.'],
  ['legal-status', '02', 'meets', 'Detained for assessment.'],
  ['legal-status', '03', 'meets', 'Detained for treatment.'],
  ['legal-status', '04', 'meets', 'Emergency section, with the second opinion under way.'],
  ['where-now', 'community', 'ask', 'Straight from home only where an open ward would be too dangerous for the assessment.'],
  ['need', 'seclusion', 'meets', 'One room, in use most days: we say so if it is.'],
  ['need', 'low-stimulus', 'meets', 'A separate lounge away from the main corridor.'],
  [
    'need',
    'learning-disability-adjusted',
    'ask',
    'If intensive care is truly the right place, with the community learning disability nurse involved.',
  ],
  ['need', 'dementia-friendly', 'ask', 'Organic illness only where nowhere else is safe for now.'],
  ['need', 'hoist', 'does-not-meet', 'No ceiling track and no assisted bath.'],
];

const lowSecure: Said[] = [
  ['everyone', '', 'ask', 'After an access assessment by the secure line. Send the last risk plan and the tribunal dates.'],
  ['legal-status', '01', 'does-not-meet', 'Nobody can be here informally.'],
  ['legal-status', '02', 'does-not-meet', 'Assessment belongs on an acute or intensive care ward.'],
  ['legal-status', '03', 'meets', 'With a forensic history or a risk that locked rehabilitation couldn’t hold.'],
  ['legal-status', '09', 'meets', 'Restricted: the Ministry of Justice is told of the move beforehand.'],
  ['need', 'step-free', 'ask', 'Two rooms only.'],
  ['need', 'detoxification', 'does-not-meet', 'Done before somebody comes to us.'],
];

/** By the ward's code; oldest first, the last in force. */
const wards: Record<string, Version[]> = {
  'the-dales/elmdale': [
    { daysAgo: 300, reason: 'First version', items: openAcute.slice(0, 3) },
    { daysAgo: 41, reason: 'Alcohol detoxification since the ward doctor’s rota changed', items: openAcute },
  ],
  'the-dales/ashdale': [
    { daysAgo: 300, reason: 'First version', items: openAcute.slice(0, 4) },
    {
      daysAgo: 12,
      reason: 'The accessible room is back in use',
      items: [...openAcute, ['need', 'hoist', 'meets', 'One room with a ceiling track.']],
    },
  ],
  'becklin/ward-5': [
    { daysAgo: 260, reason: 'First version', items: openAcute.slice(0, 4) },
    {
      daysAgo: 90,
      reason: 'Meal support agreed with the eating disorder team',
      items: [
        ...openAcute.filter(([, code]) => code !== 'step-free'),
        ['need', 'step-free', 'ask', 'First floor with a lift; when it is out there is no other way up.'],
        ['need', 'eating-disorder-monitoring', 'ask', 'Up to two at a time, with the eating disorder team’s plan.'],
        ['need', 'clozapine-initiation', 'meets', 'Monday to Thursday, so that the fourth day isn’t a Sunday.'],
      ],
    },
  ],
  'fieldhead/nostell': [
    {
      daysAgo: 210,
      reason: 'First version',
      items: [...openAcute, ['need', 'perinatal-support', 'ask', 'With the perinatal nurse visiting; never with the baby.']],
    },
  ],
  'fieldhead/stanley': [
    { daysAgo: 210, reason: 'First version', items: openAcute.slice(0, 5) },
    { daysAgo: 33, reason: 'Nasogastric feeding made plain after a referral went back', items: openAcute },
  ],
  'kendray/clark': [{ daysAgo: 180, reason: 'First version', items: openAcute.slice(1, 6) }],
  'kendray/beamshaw': [
    { daysAgo: 180, reason: 'First version', items: [...openAcute.slice(0, 2), ['need', 'bariatric', 'ask', 'Bed on hire within a day.']] },
  ],
  'priestley/ward-18': [
    {
      daysAgo: 150,
      reason: 'First version',
      items: [...openAcute, ['everyone', '', 'ask', 'Mixed ward: ring first, so that we know which corridor has the room.']],
    },
  ],
  'fieldhead/walton': [
    { daysAgo: 250, reason: 'First version', items: intensiveCare.slice(0, 5) },
    { daysAgo: 60, reason: 'Whom we may take is written beside whom we do', items: intensiveCare },
  ],
  'newsam/ward-1': [{ daysAgo: 200, reason: 'First version', items: intensiveCare }],
  'lynfield-mount/clover': [
    {
      daysAgo: 170,
      reason: 'First version',
      items: [
        ...intensiveCare.slice(0, 9),
        ['need', 'step-free', 'meets', 'Ground floor.'],
        ['age-band', 'older-adult', 'ask', 'To 65; over it we talk.'],
      ],
    },
  ],
  'fieldhead/bretton-centre': [{ daysAgo: 220, reason: 'First version', items: lowSecure }],
  'clifton-house/westerdale': [{ daysAgo: 220, reason: 'First version', items: lowSecure.slice(0, 6) }],
  'clifton-house/bluebell': [
    { daysAgo: 220, reason: 'First version', items: lowSecure.slice(0, 5) },
    { daysAgo: 25, reason: 'The step-free rooms are counted', items: lowSecure },
  ],
  'newsam/eating-disorders-unit-connect': [
    {
      daysAgo: 240,
      reason: 'First version',
      items: [
        ['everyone', '', 'ask', 'Agreed between the ward and the community eating disorder team on a weekday.'],
        ['need', 'nasogastric-feeding', 'meets', 'By trained nurses, every shift.'],
        ['need', 'eating-disorder-monitoring', 'meets', 'What the ward is for.'],
        ['need', 'physical-health-monitoring', 'meets', 'Daily bloods; below our limits the acute hospital comes first.'],
        ['where-now', 'emergency-department', 'ask', 'Medically fit first, with the results sent.'],
      ],
    },
  ],
  'st-marys/red-kite-view-general-ward': [
    {
      daysAgo: 190,
      reason: 'First version',
      items: [
        ['everyone', '', 'ask', 'The young person’s own team and ours talk before anyone travels.'],
        ['need', 'autism-adjusted', 'meets', 'A quiet pod, and a named nurse for the first three days.'],
        ['need', 'nasogastric-feeding', 'ask', 'While no more than one other needs it.'],
        ['legal-status', '01', 'meets', 'With the young person’s or a parent’s consent, written down.'],
      ],
    },
  ],
  'the-mount/ward-4': [
    {
      daysAgo: 160,
      reason: 'First version',
      items: [
        ['need', 'hoist', 'meets', 'In four rooms.'],
        ['need', 'dementia-friendly', 'ask', 'Functional illness first; ring where memory is the main thing.'],
        ['need', 'step-free', 'meets', 'Level throughout.'],
      ],
    },
  ],
  'fieldhead/crofton': [
    {
      daysAgo: 140,
      reason: 'First version',
      items: [
        ['need', 'dementia-friendly', 'meets', 'Signs, lighting and a garden that can be walked in.'],
        ['need', 'bariatric', 'does-not-meet', 'Doors are too narrow for the bed.'],
        ['where-now', 'another-ward', 'ask', 'From a general hospital: medically fit, with the medicines list.'],
      ],
    },
  ],
  'lynfield-mount/step-forward-centre': [
    {
      daysAgo: 130,
      reason: 'First version',
      items: [
        ['everyone', '', 'ask', 'A visit to us first, and a plan of where to afterwards.'],
        ['where-now', 'emergency-department', 'does-not-meet', 'Rehabilitation is planned, never from the emergency department.'],
      ],
    },
  ],
};

export function criteriaOf({ now }: Clock, places: Places, offices: Offices) {
  const chance = new Chance('criteria');
  const events: Told[] = [];
  const admissionCriteria = Object.entries(wards).flatMap(([code, versions]) => {
    const ward = places.wardByCode.get(code);
    if (!ward) throw new Error(`There is no ward ${code}.`);
    const recordedBy = offices.officerOf('ward-manager', ward.trust).accountId;
    const since = versions.map(({ daysAgo }) => now - daysAgo * dayMs - chance.whole(1, 9) * hourMs);
    return versions.map(({ reason, items }, index): Row<'admissionCriteria'> => {
      const recordedAt = since[index]!;
      events.push({
        type: 'criteria.changed',
        at: recordedAt,
        accountId: recordedBy,
        wardId: ward.id,
        data: { version: index + 1, reason },
      });
      return {
        id: chance.id(recordedAt),
        wardId: ward.id,
        version: index + 1,
        items: items.map(([about, aboutCode, outcome, words]) => ({ about, code: aboutCode, outcome, words })),
        reason,
        recordedBy,
        recordedAt: at(recordedAt),
        replacedAt: index + 1 < versions.length ? at(since[index + 1]!) : null,
      };
    });
  });
  return { rows: { admissionCriteria }, events };
}
export type AdmissionCriteria = ReturnType<typeof criteriaOf>;
