// How each alignment came to where it is: who proposed it, which trusts signed in which round, under whose delegation, what was objected
// and answered, and what the pilot wards wrote. Every step keeps the order that the program itself would have asked for.
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import { dayMs, hourMs, minuteMs } from '@homeward/shared/kernel/interval.ts';
import { addDays, localDayOf } from '@homeward/shared/kernel/local-time.ts';
import type { AlignmentState, AlignmentStep } from '@homeward/shared/training/facts.ts';
import type { Officer, Offices } from './accounts.ts';
import { Chance } from './chance.ts';
import type { Places } from './places.ts';
import { standardsReference, trainingReference } from './reference.ts';
import { at, type Clock, type Row, type Told } from './rows.ts';

/** For whom the leads sign: invented. A fifth trust starts the list again. */
const responsiblePeople = [
  { before: 'Margaret Sowden', now: 'Andrew Peel' },
  { before: 'Yasmin Iqbal', now: 'Yasmin Iqbal' },
  { before: 'Christine Rigg', now: 'Christine Rigg' },
  { before: 'Joseph Lumley', now: 'Farzana Begum' },
];

interface AlignedCourse {
  id: string;
  trust: string;
  code: string;
  version: string;
  meets: string;
}

/** One state and how many days before the clock it began. */
interface Stage {
  state: AlignmentState;
  step: AlignmentStep;
  daysAgo: number;
  reason: string | null;
}

/** The state each alignment of the reference is in, and those before it. */
function stagesTo(state: AlignmentState, spread: number, reason: string | null): Stage[] {
  const stage = (name: AlignmentState, step: AlignmentStep, daysAgo: number, why: string | null = null): Stage => ({
    state: name,
    step,
    daysAgo: daysAgo + spread,
    reason: why,
  });
  const tried = 'Tried on two wards of other trusts';
  const signed = 'All trusts signed';
  switch (state) {
    case 'draft':
      return [stage('draft', 'propose', 6)];
    case 'in-review':
      return [
        stage('draft', 'propose', 45),
        stage('in-review', 'submit', 12, 'Waiting for the other trusts to compare their course with it'),
      ];
    case 'stress-testing':
      return [stage('draft', 'propose', 120), stage('in-review', 'submit', 100), stage('stress-testing', 'stress-test', 20, tried)];
    case 'validated':
      return [
        stage('draft', 'propose', 330),
        stage('in-review', 'submit', 310),
        stage('stress-testing', 'stress-test', 280, tried),
        stage('validated', 'validate', 200, signed),
      ];
    case 'withdrawn':
      return [
        stage('draft', 'propose', 760),
        stage('in-review', 'submit', 740),
        stage('stress-testing', 'stress-test', 710, tried),
        stage('validated', 'validate', 640, signed),
        stage('withdrawn', 'withdraw', 120, reason),
      ];
  }
}

/** What the one in review has heard, day by day of its round: two have signed and one objects, which waits for its answer. */
const underReview = {
  objection:
    'It leaves out the hour of observations after an injection, which our incident reports ask for. Who watches on your wards, and until when?',
  comments: [
    { by: 'RXG', words: 'Ours is a day and a half. Is the half day of physical health in yours, or in the induction?' },
    {
      by: 'RY6',
      words:
        'In the induction: we teach it to everyone who visits at home, so it isn’t in these minutes. I have added the plan to the evidence folder.',
    },
    { by: 'RGD', words: 'Happy with the breakaway part. The 30 minutes under the standard are the written test, which you do beforehand.' },
  ],
};

const pilotWords = {
  watchFor:
    'Do staff trained this way and ours hold together without a word? Write down every hold that had to be changed half way, and any injury.',
  asExpected: [
    'Nine shifts with someone from elsewhere. Two team holds, both seated on the pod. Our staff knew every signal; nothing had to be changed.',
    'No holds this fortnight. The person knew the room-entry drill, and the nurses on the ward were content to work with them.',
    'One standing hold, ended in under a minute. The debrief form is the same as ours.',
  ],
};

export function alignmentsOf(
  { now, today }: Clock,
  places: Places,
  offices: Offices,
  courseOf: (known: AlignedCourseKey) => AlignedCourse,
) {
  const chance = new Chance('alignments');
  const id = (when: Instant) => chance.id(when);
  const lead = (trust: string): Officer => offices.officerOf('training-lead', trust);

  // Two delegations for each lead: the one in force, a year either side of the clock, and the one before it.
  const delegation: (Row<'delegation'> & { id: string; fromDay: string; untilDay: string })[] = places.members.flatMap((trust, index) => {
    const responsible = responsiblePeople[index % responsiblePeople.length]!;
    return [
      { responsiblePerson: responsible.before, fromDay: addDays(today, -1090), untilDay: addDays(today, -366) },
      { responsiblePerson: responsible.now, fromDay: addDays(today, -365), untilDay: addDays(today, 365) },
    ].map((one) => ({
      id: id(Date.parse(one.fromDay)),
      trust,
      accountId: lead(trust).accountId,
      ...one,
      recordedAt: at(Date.parse(one.fromDay)),
      recordedBy: offices.administrator.accountId,
      endedAt: null,
      endedBy: null,
      endedReason: null,
    }));
  });
  const delegated = (trust: string, when: Instant) => {
    const day = localDayOf(when);
    const found = delegation.find((one) => one.trust === trust && one.fromDay <= day && day <= one.untilDay);
    if (!found) throw new Error(`${trust} had delegated to nobody on ${day}.`);
    return found;
  };

  const alignment: (Row<'alignment'> & { id: string; courseId: string; competency: string })[] = [];
  const alignmentState: (Row<'alignmentState'> & { id: string })[] = [];
  const alignmentPilotWard: Row<'alignmentPilotWard'>[] = [];
  const alignmentSignature: Row<'alignmentSignature'>[] = [];
  const alignmentComment: Row<'alignmentComment'>[] = [];
  const pilotReport: Row<'pilotReport'>[] = [];
  const events: Told[] = [];

  for (const known of [...trainingReference.alignments, ...standardsReference.underWay.alignments]) {
    const course = courseOf(known);
    const stages = stagesTo(known.state, known.state === 'draft' ? 0 : chance.whole(0, 40), known.reason ?? null);
    const begunAt = now - stages[0]!.daysAgo * dayMs;
    const aligned = { id: id(begunAt), collaborativeId: places.collaborativeId, courseId: course.id, competency: course.meets };
    alignment.push(aligned);
    const own = lead(course.trust);
    const tell = (step: AlignmentStep, state: AlignmentState, when: Instant, accountId: string) =>
      events.push({
        type: 'alignment.changed',
        at: when,
        accountId,
        data: { alignmentId: aligned.id, courseId: course.id, competency: course.meets, state, step },
      });
    const say = (trust: string, stateId: string, state: AlignmentState, when: Instant, objection: string | null = null) => {
      const { accountId, name } = lead(trust);
      const under = delegated(trust, when);
      alignmentSignature.push({
        id: id(when),
        alignmentStateId: stateId,
        trust,
        stance: objection === null ? 'signed' : 'objected',
        delegationId: under.id,
        responsiblePerson: under.responsiblePerson,
        accountId,
        byName: name,
        at: at(when),
        reason: objection,
      });
      tell(objection === null ? 'sign' : 'object', state, when, accountId);
    };

    stages.forEach(({ state, step, daysAgo, reason }, index) => {
      const since = now - daysAgo * dayMs;
      const next = stages[index + 1];
      const until = next ? now - next.daysAgo * dayMs : null;
      const stateId = id(since);
      const isPilot = state === 'stress-testing';
      alignmentState.push({
        id: stateId,
        alignmentId: aligned.id,
        state,
        since: at(since),
        replacedAt: until === null ? null : at(until),
        decidedBy: own.name,
        decidedByAccount: own.accountId,
        decidedByTrust: course.trust,
        reason,
        countsFrom: state === 'validated' ? localDayOf(since) : null,
        pilotUntil: isPilot ? at(until ?? now + 90 * dayMs) : null,
        watchFor: isPilot ? pilotWords.watchFor : null,
      });
      tell(step, state, since, own.accountId);

      // A round that led on: every trust signed, some days apart, the last before the next state began.
      if (until !== null && (state === 'in-review' || isPilot)) {
        places.members.forEach((trust, turn) =>
          say(trust, stateId, state, until - 2 * (places.members.length - turn) * dayMs - chance.whole(60, 900) * minuteMs),
        );
      }
      if (isPilot) {
        const wards = (known.pilotWards ?? wardsElsewhere(course.trust, places, chance)).map((code) => places.wardByCode.get(code)!);
        for (const ward of wards) alignmentPilotWard.push({ alignmentStateId: stateId, wardId: ward.id });
        // Of a pilot under way only the first ward has written so far.
        for (const [turn, ward] of wards.slice(0, until === null ? 1 : wards.length).entries()) {
          const { accountId, name } = offices.officerOf('ward-manager', ward.trust);
          const written = until === null ? since + 11 * dayMs : until - (25 - turn) * dayMs;
          const words = pilotWords.asExpected[until === null ? 0 : chance.whole(0, 2)]!;
          pilotReport.push({
            id: id(written),
            alignmentStateId: stateId,
            wardId: ward.id,
            accountId,
            byName: name,
            at: at(written),
            verdict: 'as-expected',
            words,
          });
        }
      }
      if (state === 'in-review' && until === null) {
        // Those of the reference wait for every trust, so that whoever tries them out may sign; one of ours is half way.
        if (isHalfSigned(known)) {
          const others = places.members.filter((trust) => trust !== course.trust);
          say(course.trust, stateId, state, since + 1 * dayMs);
          say(others[0]!, stateId, state, since + 4 * dayMs);
          say(others[1]!, stateId, state, since + 6 * dayMs, underReview.objection);
          return;
        }
        underReview.comments.forEach(({ by, words }, turn) => {
          const when = since + (5 + turn) * dayMs + 3 * hourMs;
          const { accountId, name } = lead(by);
          alignmentComment.push({ id: id(when), alignmentId: aligned.id, accountId, byName: name, trust: by, at: at(when), words });
        });
      }
    });
  }

  return {
    rows: { delegation, alignment, alignmentState, alignmentPilotWard, alignmentSignature, alignmentComment, pilotReport },
    events,
  };
}

const isHalfSigned = (known: AlignedCourseKey) =>
  standardsReference.underWay.alignments.some((one) => one.trust === known.trust && one.code === known.code);

/** What names a course version: its trust, code and version. */
type AlignedCourseKey = Pick<AlignedCourse, 'trust' | 'code' | 'version'>;

function wardsElsewhere(trust: string, places: Places, chance: Chance): string[] {
  const elsewhere = places.wards.filter((ward) => ward.bedType === '200' && ward.trust !== trust && places.members.includes(ward.trust));
  return chance
    .shuffled(elsewhere)
    .slice(0, 2)
    .map((ward) => ward.code);
}
