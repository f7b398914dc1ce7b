// What the bed board stands on: the code lists, the service lines with their leads and partners, one section 136 suite a trust with wards, and
// a rule about beds that one trust changed and changed back.
import { usualSetting } from '@homeward/shared/beds/setting-rules.ts';
import { dayMs, hourMs, minuteMs } from '@homeward/shared/kernel/interval.ts';
import { addDays } from '@homeward/shared/kernel/local-time.ts';
import type { Offices } from './accounts.ts';
import { Chance } from './chance.ts';
import type { Places } from './places.ts';
import { organisationsReference } from './reference.ts';
import { at, days, type Clock, type Row, type Told } from './rows.ts';

/** Referral criteria of the service lines that have a lead, in words of ours: no provider's own. */
const lineCriteria: Record<string, { items: string[]; before?: string[]; reason: string }> = {
  'adult-secure': {
    items: [
      'Detained under the Mental Health Act, or liable to be detained from prison or court.',
      'A risk to other people that a locked rehabilitation or intensive care ward can’t hold safely.',
      'Low secure: an access assessment by the line’s own assessor within ten working days.',
      'Medium secure: agreed by the weekly access meeting; between meetings the duty consultant decides.',
      'The home team stays in touch and comes to the first review.',
    ],
    before: [
      'Detained under the Mental Health Act, or liable to be detained from prison or court.',
      'Low and medium secure: an access assessment by the line’s own assessor within fifteen working days.',
    ],
    reason: 'Access meeting moved to every week, assessments within ten working days',
  },
  'adult-eating-disorders': {
    items: [
      'Eighteen or over with an eating disorder that community treatment can’t hold.',
      'Bloods, an electrocardiogram and a physical risk rating not older than 48 hours.',
      'Below the physical limits of the ward: first the acute hospital, with our liaison from the first day.',
      'Agreed with the community eating disorder team, who carry on after discharge.',
    ],
    before: [
      'Eighteen or over with an eating disorder that community treatment can’t hold.',
      'Agreed with the community eating disorder team, who carry on after discharge.',
    ],
    reason: 'Physical risk is looked at before a bed is asked for',
  },
  'children-and-young-people': {
    items: [
      'Thirteen to seventeen; a birthday within three months is planned with the adult line from the first day.',
      'The community team has seen the young person within 24 hours, or the crisis team at the emergency department.',
      'Parents or carers know of the referral, or it says why they don’t.',
    ],
    reason: 'First version',
  },
};

const suites: Record<string, { site: string; state: 'available' | 'occupied' | 'closed' }> = {
  RGD: { site: 'becklin', state: 'occupied' },
  TAD: { site: 'lynfield-mount', state: 'available' },
  RXG: { site: 'fieldhead', state: 'available' },
};

/** Who tried a longer hold, and found the usual one enough: what is in force is what everyone else has. */
const tried = { trust: 'TAD', holdMinutes: 45, fromDaysAgo: 120, untilDaysAgo: 64 };

export function linesOf({ now, today }: Clock, places: Places, offices: Offices) {
  const chance = new Chance('lines');
  const longAgo = now - 400 * dayMs;
  const events: Told[] = [];

  const code = Object.entries(organisationsReference.codes).flatMap(([list, codes]) =>
    codes.map((known, position): Row<'code'> => ({
      list,
      code: known.code,
      title: known.title,
      position,
      detail: (known.detail ?? {}) as Row<'code'>['detail'],
      source: known.source ?? null,
    })),
  );

  const serviceLine = organisationsReference.serviceLines.map(({ code: line, name, lead, bedTypes, source = null }, position) => ({
    id: chance.id(longAgo),
    code: line,
    name,
    leadTrust: lead,
    bedTypes,
    position,
    source,
  }));
  const lineByCode = new Map(serviceLine.map((line) => [line.code, line]));
  const serviceLinePartner = organisationsReference.serviceLines.flatMap(({ code: line, partners }) =>
    partners.map(({ trust }): Row<'serviceLinePartner'> => ({
      id: chance.id(longAgo),
      serviceLineId: lineByCode.get(line)!.id,
      trust,
      days: days(addDays(today, -3 * 365), null),
    })),
  );
  const serviceLineCriteria = Object.entries(lineCriteria).flatMap(([line, { items, before, reason }]): Row<'serviceLineCriteria'>[] => {
    const { id: serviceLineId, leadTrust } = lineByCode.get(line)!;
    const recordedBy = offices.officerOf('bed-manager', leadTrust!).accountId;
    const first = now - chance.whole(280, 360) * dayMs;
    const second = now - chance.whole(20, 90) * dayMs - 3 * hourMs;
    const version = (number: number, words: string[], why: string, since: number, until: number | null) => {
      events.push({
        type: 'line.changed',
        at: since,
        accountId: recordedBy,
        data: { serviceLine: line, trust: leadTrust, version: number, reason: why },
      });
      return {
        id: chance.id(since),
        serviceLineId,
        version: number,
        items: JSON.parse(JSON.stringify(words)) as Row<'serviceLineCriteria'>['items'],
        reason: why,
        recordedBy,
        recordedAt: at(since),
        replacedAt: until === null ? null : at(until),
      };
    };
    return before
      ? [version(1, before, 'First version', first, second), version(2, items, reason, second, null)]
      : [version(1, items, reason, first, null)];
  });

  const suite: (Row<'suite'> & { id: string })[] = [];
  const suiteState: Row<'suiteState'>[] = [];
  for (const [trust, { site, state }] of Object.entries(suites)) {
    const recordedBy = offices.officerOf('bed-manager', trust).accountId;
    const id = chance.id(longAgo);
    suite.push({ id, trust, site, name: 'Section 136 suite (demonstration)', addedAt: at(longAgo) });
    // Newest first: what it is now, and who was there these last days.
    let until: number | null = null;
    let [kind, since]: ['available' | 'occupied' | 'closed', number] = [state, now - chance.whole(50, 400) * minuteMs];
    for (let one = 0; one < 7; one += 1) {
      suiteState.push({
        id: chance.id(since),
        suiteId: id,
        state: kind,
        recordedBy,
        recordedAt: at(since),
        replacedAt: until === null ? null : at(until),
      });
      const before: 'available' | 'occupied' = kind === 'occupied' ? 'available' : 'occupied';
      events.push({ type: 'suite.changed', at: since, accountId: recordedBy, data: { suiteId: id, trust, was: before, state: kind } });
      [kind, until] = [before, since];
      since -= (before === 'occupied' ? chance.whole(5, 22) : chance.whole(8, 70)) * hourMs;
    }
  }

  const setter = offices.officerOf('bed-manager', tried.trust).accountId;
  const bedSetting = [
    { holdMinutes: tried.holdMinutes, daysAgo: tried.fromDaysAgo, reason: 'Trying a longer hold while the on-call rota changes' },
    {
      holdMinutes: usualSetting.holdMinutes,
      daysAgo: tried.untilDaysAgo,
      reason: 'Held beds stood empty longer and nobody was placed sooner: back to the usual hold',
    },
  ].map(({ holdMinutes, daysAgo, reason }): Row<'bedSetting'> => {
    const since = now - daysAgo * dayMs;
    events.push({ type: 'setting.changed', at: since, accountId: setter, data: { trust: tried.trust, from: at(since), reason } });
    const { dueTimes, sexRules, rankingTerms, ...minutes } = usualSetting;
    return {
      id: chance.id(since),
      trust: tried.trust,
      ...minutes,
      dueTimes: [...dueTimes],
      sexRules: JSON.parse(JSON.stringify(sexRules)) as Row<'bedSetting'>['sexRules'],
      rankingTerms: [...rankingTerms],
      holdMinutes,
      reason,
      fromAt: at(since),
      recordedBy: setter,
      recordedAt: at(since - 5 * minuteMs),
    };
  });

  return {
    partners: serviceLinePartner.map(({ trust }) => trust),
    leadOf: (bedType: string) => serviceLine.find((line) => line.bedTypes.includes(bedType))?.leadTrust ?? null,
    events,
    rows: { code, serviceLine, serviceLinePartner, serviceLineCriteria, suite, suiteState, bedSetting },
  };
}
export type Lines = ReturnType<typeof linesOf>;
