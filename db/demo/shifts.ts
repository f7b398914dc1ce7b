// What wards are asking for, what has been taken and what was called off. Every booking here was decided by the same rules that
// decide a real one, so that its explanation reads as a real one's does.
import type { Decision } from '@homeward/shared/kernel/decision.ts';
import type { EventType } from '@homeward/shared/kernel/event.ts';
import { dayMs, hourMs, minuteMs, type Instant } from '@homeward/shared/kernel/interval.ts';
import { addDays, weekdayOf, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { GroundFacts, ShiftFacts } from '@homeward/shared/shifts/facts.ts';
import { decide, rulesVersion } from '@homeward/shared/shifts/rules.ts';
import { nextCheckAt } from '@homeward/shared/shifts/settle-rules.ts';
import { waveAt, waveTimesOf, type WaveRule } from '@homeward/shared/shifts/wave-rules.ts';
import type { RequirementFact } from '@homeward/shared/training/facts.ts';
import type { Role, StaffGroup, WorkerFacts } from '@homeward/shared/workers/facts.ts';
import type { DutyFact } from '@homeward/shared/working-time/facts.ts';
import { dutiesOf } from '@homeward/shared/working-time/rules.ts';
import type { Accounts } from './accounts.ts';
import { Chance } from './chance.ts';
import type { Places, WardRow } from './places.ts';
import { at, period, type Clock, type Row, type Told } from './rows.ts';
import type { Courses, Training } from './training.ts';
import type { Worker, Workers } from './workers.ts';
import { nextTurn, turnOf, turns, type Turn, type WorkingTime } from './working-time.ts';

export const shiftReasons: Row<'shiftReason'>[] = [
  { code: 'vacancy', title: 'Vacancy', position: 1, industrialAction: false },
  { code: 'sickness', title: 'Sickness', position: 2, industrialAction: false },
  { code: 'observation-level', title: 'Higher observation level', position: 3, industrialAction: false },
  { code: 'acuity', title: 'Acuity on the ward', position: 4, industrialAction: false },
  { code: 'escort', title: 'Escort or section 17 leave', position: 5, industrialAction: false },
  { code: 'leave-cover', title: 'Annual leave cover', position: 6, industrialAction: false },
  { code: 'training-cover', title: 'Cover while staff are trained', position: 7, industrialAction: false },
  { code: 'parental-leave', title: 'Parental leave', position: 8, industrialAction: false },
  // Listed so that a manager who looks for it is told why it can't be: the rules refuse it.
  { code: 'industrial-action', title: 'Industrial action', position: 9, industrialAction: true },
];

export const cancelReasons: Row<'cancelReason'>[] = [
  { code: 'no-longer-needed', title: 'No longer needed', position: 1, side: 'ward' },
  { code: 'covered-by-own-staff', title: 'Covered by our own staff', position: 2, side: 'ward' },
  { code: 'beds-closed', title: 'Beds closed or ward moved', position: 3, side: 'ward' },
  { code: 'posted-in-error', title: 'Posted in error', position: 4, side: 'ward' },
  { code: 'sickness', title: 'I am not well', position: 1, side: 'worker' },
  { code: 'family', title: 'Family or caring', position: 2, side: 'worker' },
  { code: 'travel', title: 'I can’t get there', position: 3, side: 'worker' },
  { code: 'other-work', title: 'Other work came up', position: 4, side: 'worker' },
  { code: 'rest', title: 'I need the rest', position: 5, side: 'worker' },
];

const notes = [
  '',
  '',
  '',
  'Ring the bell at the staff entrance; parking behind the day hospital.',
  'One service user on two-to-one observations.',
  'Please bring your badge: the air lock needs it.',
  'Settled ward this week. Handover starts five minutes early.',
  'Escort to the acute hospital in the morning.',
];

interface Plan {
  ward: WardRow;
  turn: Turn;
  day: LocalDay;
  role: Role;
  band: number;
  postedAt: Instant;
}

export interface Posted extends Plan {
  row: Row<'shift'> & { id: string };
  facts: ShiftFacts;
}

export function shiftsOf(
  clock: Clock,
  {
    places,
    workers,
    courses,
    training,
    workingTime,
    accounts,
  }: {
    places: Places;
    workers: Workers;
    courses: Courses;
    training: Training;
    workingTime: WorkingTime;
    accounts: Accounts;
  },
) {
  const { now, today } = clock;
  const chance = new Chance('shifts');
  const ground = groundOf(places, courses);
  const people = new People(now, places, workers, training, workingTime);
  const requirementsByWard = Map.groupBy(courses.rows.requirement, (requirement) => requirement.wardId);
  const wavesByWard = new Map(places.rows.wardWave.map((wave) => [wave.wardId, wave]));
  const periodOf = (competency: string, trust: string) =>
    courses.rows.competencyPeriod.find((row) => row.competency === competency && row.trust === trust)!.months;
  const titleOf = (competency: string) => courses.rows.competency.find((row) => row.code === competency)!.title;

  const posted: Posted[] = [];
  const booking: (Row<'booking'> & { id: string })[] = [];
  const shiftRequest: Row<'shiftRequest'>[] = [];
  const story: Told[] = [];

  const tell = (
    type: EventType,
    { ward, row }: { ward: WardRow; row: { id: string } },
    happenedAt: Instant,
    accountId: string | null,
    data: object,
    workerId?: string,
  ) => {
    story.push({ type, at: happenedAt, accountId, wardId: ward.id, shiftId: row.id, ...(workerId !== undefined && { workerId }), data });
  };

  const post = (plan: Plan): Posted => {
    const { ward, role, band, postedAt } = plan;
    const { start, end, breakMinutes } = turnOf(plan.day, plan.turn);
    const manager = accounts.wardManagerByTrust.get(ward.trust)!;
    const wave = wavesByWard.get(ward.id);
    const rule: WaveRule | null = wave
      ? {
          regularDuties: wave.regularDuties ?? 3,
          regularWeeks: wave.regularWeeks ?? 17,
          homeTrustAfterMinutes: wave.regularsMinutes,
          collaborativeAfterMinutes: wave.regularsMinutes + wave.homeTrustMinutes,
        }
      : null;
    const waves = waveTimesOf(rule, postedAt, start, 24 * 60);
    const id = chance.id(postedAt);
    const facts: ShiftFacts = {
      id,
      wardId: ward.id,
      wardName: ward.name,
      hostTrust: ward.trust,
      role,
      band,
      staffGroup: 'nursing',
      start,
      end,
      breakMinutes,
      requirements: (requirementsByWard.get(ward.id) ?? [])
        .filter((asked) => asked.role === null || asked.role === role)
        .map((asked): RequirementFact => ({
          id: asked.id,
          competency: asked.competency,
          title: titleOf(asked.competency),
          role: asked.role as Role | null,
          periodMonths: periodOf(asked.competency, ward.trust),
          minimumOnShift: asked.minimumOnShift ?? null,
        })),
      waves,
      preferred: null,
    };
    const shift: Posted = {
      ...plan,
      facts,
      row: {
        id,
        wardId: ward.id,
        role,
        band,
        staffGroup: 'nursing',
        startsAt: at(start),
        endsAt: at(end),
        breakMinutes,
        reason: chance.pick(['vacancy', 'vacancy', 'sickness', 'sickness', 'observation-level', 'acuity', 'escort', 'leave-cover']),
        notes: chance.pick(notes),
        extraCompetencies: [],
        preferredWorkerId: null,
        preferredUntil: null,
        status: 'open',
        version: 1,
        postedBy: manager,
        postedAt: at(postedAt),
        regularsAt: at(waves.regularsAt),
        homeTrustAt: at(waves.homeTrustAt),
        collaborativeAt: at(waves.collaborativeAt),
        regularDuties: waves.regularDuties,
        regularWeeks: waves.regularWeeks,
        wave: waveAt(facts, now),
        filledAt: null,
        cancelledAt: null,
        cancelReason: null,
      },
    };
    posted.push(shift);
    const { startsAt, endsAt, reason } = shift.row;
    tell('shift.posted', shift, postedAt, manager, { role, band, startsAt, endsAt, breakMinutes, reason });
    return shift;
  };

  // Each taking waits for those before it: what was known of somebody then holds the shifts they had taken by then, and no later one.
  const takings: { shift: Posted; bookedAt: Instant; then: (taken: boolean) => void }[] = [];
  const take = (shift: Posted, bookedAt: Instant, then: (taken: boolean) => void) => void takings.push({ shift, bookedAt, then });

  /** Somebody who might take it then, and would still be a plain yes now, takes it. Nobody may: it stays open. */
  const fill = (shift: Posted, bookedAt: Instant): boolean => {
    for (const worker of chance.shuffled(people.candidates(shift.role)).slice(0, 60)) {
      if (!workingTime.diary.isFree(worker.personId, shift.facts)) continue;
      const decision = decide(people.factsOf(worker, bookedAt), shift.facts, ground, bookedAt);
      if (decision.outcome !== 'eligible') continue;
      if (shift.facts.start > now && decide(people.factsOf(worker), shift.facts, ground, bookedAt).outcome !== 'eligible') continue;
      book(shift, worker, decision, bookedAt);
      return true;
    }
    return false;
  };

  const book = (shift: Posted, worker: Worker, decision: Decision, bookedAt: Instant) => {
    const account = accounts.accountByWorker.get(worker.id)!;
    const { start, end, breakMinutes } = shift.facts;
    const id = chance.id(bookedAt);
    booking.push({
      id,
      shiftId: shift.row.id,
      workerId: worker.id,
      personId: worker.personId,
      period: period(start, end),
      breakMinutes,
      wardId: shift.ward.id,
      status: 'confirmed',
      decision: JSON.parse(JSON.stringify(decision)),
      rules: rulesVersion,
      decidedAt: at(bookedAt),
      bookedAt: at(bookedAt),
      bookedBy: account,
      reviewReason: null,
      reviewSince: null,
      nextCheckAt: start > now ? at(nextCheckAt(start, now)!) : null,
      cancelledAt: null,
      cancelledBy: null,
      cancelReason: null,
      cancelledBySide: null,
      undone: false,
    });
    Object.assign(shift.row, { status: 'filled', filledAt: at(bookedAt), version: 2 });
    workingTime.diary.add(worker.personId, { start, end });
    people.addBooking(worker, bookedAt, {
      id,
      source: 'booking',
      kind: 'duty',
      trust: shift.ward.trust,
      wardId: shift.ward.id,
      where: shift.ward.name,
      start,
      end,
      breakMinutes,
    });
    const { personId } = worker;
    tell('booking.confirmed', shift, bookedAt, account, { bookingId: id, personId, outcome: decision.outcome }, worker.id);
    tell('shift.filled', shift, bookedAt, account, { bookingId: id, personId });
  };

  const cancel = (shift: Posted, cancelledAt: Instant, reason: string) => {
    const manager = accounts.wardManagerByTrust.get(shift.ward.trust)!;
    const taken = booking.find((row) => row.shiftId === shift.row.id);
    if (taken) {
      Object.assign(taken, {
        status: 'cancelled',
        cancelledAt: at(cancelledAt),
        cancelledBy: manager,
        cancelReason: reason,
        cancelledBySide: 'ward',
      });
      const { id: bookingId, personId, workerId } = taken;
      people.dropBooking(personId, bookingId, cancelledAt);
      tell('booking.cancelled', shift, cancelledAt, manager, { bookingId, personId, side: 'ward', reason, undone: false }, workerId);
    }
    Object.assign(shift.row, {
      status: 'cancelled',
      cancelledAt: at(cancelledAt),
      cancelReason: reason,
      version: (shift.row.version ?? 1) + 1,
    });
    tell('shift.cancelled', shift, cancelledAt, manager, { reason });
  };

  // Wards that ask: mostly acute and intensive care, of every trust that has beds.
  const asking = places.wards.filter((ward) => accounts.wardManagerByTrust.has(ward.trust));
  const busiest = asking.filter((ward) => ['200', '202'].includes(ward.bedType));
  const somewhere = () => chance.pick(chance.happens(0.7) ? busiest : asking);
  const roleAndBand = (): { role: Role; band: number } =>
    chance.pick([
      { role: 'hcsw', band: 3 },
      { role: 'hcsw', band: 3 },
      { role: 'hcsw', band: 3 },
      { role: 'hcsw', band: 2 },
      { role: 'rmn', band: 5 },
      { role: 'rmn', band: 5 },
      { role: 'rmn', band: 5 },
      { role: 'rmn', band: 6 },
      { role: 'nursing-associate', band: 4 },
    ]);
  const anyTurn = () => chance.pick(Object.keys(turns) as Turn[]);
  const postedBefore = (mostHours: number) => now - Math.round(chance.fraction() * mostHours * 60 + 20) * minuteMs;

  // The fortnight behind: shifts that were taken and worked, and some that a ward called off after somebody had taken them.
  for (const ward of chance.shuffled(busiest).slice(0, 9)) {
    for (let turn = 0; turn < 7; turn += 1) {
      const day = addDays(today, -chance.whole(2, 13));
      const shift = post({
        ward,
        turn: anyTurn(),
        day,
        ...roleAndBand(),
        postedAt: turnOf(day, 'early').start - chance.whole(30, 120) * hourMs,
      });
      take(shift, shift.postedAt + chance.whole(5, 300) * minuteMs, (taken) => {
        if (taken && chance.happens(0.1)) cancel(shift, shift.facts.start - chance.whole(3, 20) * hourMs, 'covered-by-own-staff');
        if (taken) return;
        Object.assign(shift.row, { status: 'expired', version: 2 });
        tell('shift.expired', shift, shift.facts.start, null, {});
      });
    }
  }

  // Tonight and tomorrow.
  for (const [turn, count] of [
    ['night', 7],
    ['early', 5],
    ['late', 5],
    ['long', 4],
  ] as const) {
    for (let one = 0; one < count; one += 1) {
      const first = nextTurn(clock, turn);
      post({
        ward: chance.pick(busiest),
        turn,
        day: turn === 'night' && one >= 4 ? addDays(first, 1) : first,
        ...roleAndBand(),
        postedAt: postedBefore(20),
      });
    }
  }
  // The next six weeks, thinning out, with weekends and nights asked for most.
  while (posted.filter((shift) => shift.facts.start > now).length < 120) {
    const day = addDays(today, chance.happens(0.6) ? chance.whole(2, 13) : chance.whole(14, 41));
    const turn = weekdayOf(day) > 5 && chance.happens(0.4) ? 'night' : anyTurn();
    post({ ward: somewhere(), turn, day, ...roleAndBand(), postedAt: postedBefore(7 * 24) });
  }
  // Taken already, from tonight to three weeks on.
  for (let one = 0; one < 34; one += 1) {
    const postedAt = postedBefore(6 * 24);
    const turn = anyTurn();
    const first = nextTurn(clock, turn);
    const shift = post({ ward: somewhere(), turn, day: one < 6 ? first : addDays(first, chance.whole(1, 20)), ...roleAndBand(), postedAt });
    take(shift, postedAt + chance.whole(1, 15) * minuteMs, (taken) => {
      if (taken && one % 11 === 10) cancel(shift, now - chance.whole(5, 90) * minuteMs, 'beds-closed');
    });
  }
  for (const { shift, bookedAt, then } of takings.sort((a, b) => a.bookedAt - b.bookedAt)) then(fill(shift, bookedAt));
  // Called off before anybody took them.
  for (let one = 0; one < 8; one += 1) {
    const turn = anyTurn();
    const postedAt = postedBefore(48);
    const shift = post({ ward: somewhere(), turn, day: addDays(nextTurn(clock, turn), chance.whole(0, 12)), ...roleAndBand(), postedAt });
    cancel(shift, postedAt + chance.whole(5, 19) * minuteMs, chance.pick(['no-longer-needed', 'covered-by-own-staff', 'posted-in-error']));
  }

  // Two are kept for somebody for a few hours.
  for (const shift of posted.filter(({ row, facts }) => row.status === 'open' && facts.start > now + 3 * dayMs).slice(0, 2)) {
    const [worker] = people.candidates(shift.role).filter((one) => one.trust === shift.ward.trust && one.gap === null);
    if (!worker) continue;
    shift.facts.preferred = { workerId: worker.id, until: now + 6 * hourMs };
    Object.assign(shift.row, { preferredWorkerId: worker.id, preferredUntil: at(now + 6 * hourMs), wave: waveAt(shift.facts, now) });
  }

  // Where only the rest between duties is short, some have asked the ward.
  const asked = new Set<string>();
  for (const shift of posted.filter(({ row, facts }) => row.status === 'open' && facts.start < now + 4 * dayMs)) {
    if (shiftRequest.length >= 6) break;
    for (const worker of people.candidates(shift.role)) {
      if (asked.has(worker.personId)) continue;
      const askedAt = Math.max(shift.postedAt + 5 * minuteMs, now - chance.whole(10, 180) * minuteMs);
      const decision = decide(people.factsOf(worker, askedAt), shift.facts, ground, askedAt);
      if (decision.outcome !== 'override' || askedAt > now) continue;
      const id = chance.id(askedAt);
      shiftRequest.push({
        id,
        shiftId: shift.row.id,
        workerId: worker.id,
        status: 'asked',
        decision: JSON.parse(JSON.stringify(decision)),
        askedAt: at(askedAt),
        answeredAt: null,
        answeredBy: null,
        reason: null,
        compensatoryRest: null,
        bookingId: null,
      });
      tell('request.asked', shift, askedAt, accounts.accountByWorker.get(worker.id)!, { requestId: id }, worker.id);
      asked.add(worker.personId);
      break;
    }
  }

  return {
    events: story,
    posted,
    people,
    ground,
    rows: { shiftReason: shiftReasons, cancelReason: cancelReasons, shift: posted.map(({ row }) => row), booking, shiftRequest },
  };
}

export type Shifts = ReturnType<typeof shiftsOf>;

/** What the trusts have agreed, as the rules see it. */
function groundOf(places: Places, courses: Courses): GroundFacts {
  const bounds = (text: string) => {
    const [fromDay, untilDay] = text.slice(1, -1).split(',');
    return { fromDay: fromDay!, untilDay: untilDay || null };
  };
  const { rows } = courses;
  return {
    trustNames: new Map(places.rows.trust.map((trust) => [trust.odsCode, trust.name])),
    banks: places.banks.map((bank) => ({
      id: bank.id,
      name: bank.name,
      staffGroups: bank.staffGroups as StaffGroup[],
      members: places.rows.bankMember.filter((member) => member.bankId === bank.id).map(({ trust, days }) => ({ trust, ...bounds(days) })),
    })),
    agreements: places.rows.sharingAgreement.map(({ id, homeTrust, hostTrust, staffGroup, days }) => ({
      id,
      homeTrust,
      hostTrust,
      staffGroup: staffGroup as StaffGroup,
      ...bounds(days),
    })),
    courses: new Map(courses.list.map(({ meets, ...course }) => [course.id, { ...course, competency: meets }])),
    alignments: rows.alignment.map((alignment) => {
      const state = rows.alignmentState.find((row) => row.alignmentId === alignment.id && row.replacedAt === null)!;
      return {
        id: alignment.id,
        courseId: alignment.courseId,
        competency: alignment.competency,
        state: state.state as GroundFacts['alignments'][number]['state'],
        stateSince: Date.parse(String(state.since)),
        decidedBy: state.decidedBy,
        countsFrom: state.countsFrom ?? null,
        pilotWardIds: rows.alignmentPilotWard.filter((row) => row.alignmentStateId === state.id).map((row) => row.wardId),
        pilotUntil: state.pilotUntil ? Date.parse(String(state.pilotUntil)) : null,
        reason: state.reason ?? null,
        trusts: places.members,
      };
    }),
    localCaps: places.rows.trustSetting.flatMap(({ trust, weeklyCapMinutes, days }) =>
      weeklyCapMinutes ? [{ trust, capMinutes: weeklyCapMinutes, ...bounds(days) }] : [],
    ),
  };
}

/** Something that came to be known at an instant, and until when where it is gone again. */
interface Dated<T> {
  fact: T;
  since: Instant;
  until: Instant | null;
}
const dated = <T>(fact: T, since: unknown, until: unknown = null): Dated<T> => ({
  fact,
  since: Date.parse(String(since)),
  until: until === null ? null : Date.parse(String(until)),
});
/** Those known at an instant; without one, those known now. */
const knownAt = <T>(facts: readonly Dated<T>[] | undefined, at: Instant): T[] =>
  (facts ?? []).filter(({ since, until }) => since <= at && (until === null || until > at)).map(({ fact }) => fact);

type Undated = Omit<WorkerFacts, 'records' | 'duties' | 'unavailable' | 'restrictions'>;

/** The workers as the rules see them, now or as they were known at an instant, with what has been booked so far. */
class People {
  readonly #workers: Worker[];
  readonly #now: Instant;
  readonly #facts = new Map<string, Undated>();
  readonly #recordsByWorker: Map<string, Dated<Omit<WorkerFacts['records'][number], 'revoked'>>[]>;
  readonly #revocations: Map<string, Dated<NonNullable<WorkerFacts['records'][number]['revoked']>>>;
  readonly #unavailableByPerson: Map<string, Dated<WorkerFacts['unavailable'][number]>[]>;
  readonly #restrictionsByWorker: Map<string, Dated<WorkerFacts['restrictions'][number]>[]>;
  readonly #rosterByPerson: Map<string, Dated<DutyFact>[]>;
  readonly #bookingsByPerson = new Map<string, Dated<DutyFact>[]>();

  constructor(now: Instant, places: Places, workers: Workers, training: Training, workingTime: WorkingTime) {
    this.#now = now;
    this.#workers = workers.list;
    const trustNames = new Map(places.rows.trust.map((trust) => [trust.odsCode, trust.name]));
    this.#rosterByPerson = grouped(workingTime.duties, ({ id, worker, ward, kind, start, end, breakMinutes, recordedAt }) => [
      worker.personId,
      {
        fact: {
          id,
          source: 'roster' as const,
          kind,
          trust: worker.trust,
          wardId: ward?.id ?? null,
          where: ward?.name ?? trustNames.get(worker.trust)!,
          start,
          end,
          breakMinutes,
        },
        since: recordedAt,
        until: null,
      },
    ]);
    this.#recordsByWorker = grouped(training.rows.trainingRecord, ({ id, workerId, courseId, completedOn, evidence, recordedAt }) => [
      workerId,
      dated({ id, courseId, completedOn, evidence: evidence ?? null }, recordedAt),
    ]);
    this.#revocations = new Map(
      training.rows.trainingRevocation.map((row) => [
        row.recordId,
        dated({ at: Date.parse(String(row.at)), by: row.byName, reason: row.reason }, row.at),
      ]),
    );
    this.#unavailableByPerson = grouped(workingTime.rows.unavailability, (row) => {
      const [start, end] = row.period.slice(1, -1).split(',');
      return [row.personId, dated({ id: row.id, start: Date.parse(start!), end: Date.parse(end!) }, row.recordedAt)];
    });
    this.#restrictionsByWorker = grouped(
      workers.rows.restriction,
      ({ id, workerId, wardId, fromDay, untilDay, reason, reviewer, recordedAt }) => [
        workerId,
        dated({ id, wardId, fromDay, untilDay: untilDay ?? null, reason, reviewer }, recordedAt),
      ],
    );
    const memberships = Map.groupBy(workers.rows.bankMembership, (row) => row.workerId);
    for (const worker of workers.list) {
      const known = worker.revision;
      this.#facts.set(worker.id, {
        id: worker.id,
        personId: worker.personId,
        staffNumber: worker.staffNumber,
        name: worker.name,
        homeTrust: worker.trust,
        role: worker.role as Role,
        band: worker.band,
        staffGroup: worker.staffGroup as StaffGroup,
        banks: (memberships.get(worker.id) ?? []).map(({ bankId, fromDay, untilDay }) => ({
          bankId,
          fromDay: fromDay ?? null,
          untilDay: untilDay ?? null,
        })),
        registration: {
          body: (known.registrationBody ?? null) as WorkerFacts['registration']['body'],
          number: known.registrationNumber ?? null,
          field: (known.registrationField ?? null) as WorkerFacts['registration']['field'],
          untilDay: known.registrationUntil ?? null,
        },
        checks: {
          identity: { onDay: known.identityCheckedOn ?? null, untilDay: null },
          'right-to-work': { onDay: known.rightToWorkCheckedOn ?? null, untilDay: known.rightToWorkUntil ?? null },
          qualifications: { onDay: known.qualificationsCheckedOn ?? null, untilDay: null },
          references: { onDay: known.referencesCheckedOn ?? null, untilDay: null },
          dbs: { onDay: known.dbsCheckedOn ?? null, untilDay: known.dbsUntil ?? null },
          'work-health': { onDay: known.workHealthClearedOn ?? null, untilDay: null },
        },
        joinedOn: known.joinedOn,
        consentsToShare: known.consentsToShare,
        optOut: known.optOutFrom ? { fromDay: known.optOutFrom, untilDay: known.optOutUntil ?? null } : null,
        worksDown: known.worksDown,
      });
    }
  }

  candidates(role: Role): Worker[] {
    return this.#workers.filter((worker) => worker.role === role);
  }

  /** @param known what was known at this instant, which is all of it without one */
  factsOf(worker: Worker, known: Instant = this.#now): WorkerFacts {
    const revoked = (recordId: string) =>
      knownAt(
        [this.#revocations.get(recordId)].filter((one) => one !== undefined),
        known,
      )[0] ?? null;
    return {
      ...this.#facts.get(worker.id)!,
      records: knownAt(this.#recordsByWorker.get(worker.id), known).map((record) => ({ ...record, revoked: revoked(record.id) })),
      duties: dutiesOf(
        knownAt(this.#rosterByPerson.get(worker.personId), known),
        knownAt(this.#bookingsByPerson.get(worker.personId), known),
      ),
      unavailable: knownAt(this.#unavailableByPerson.get(worker.personId), known),
      restrictions: knownAt(this.#restrictionsByWorker.get(worker.id), known),
    };
  }

  dropBooking(personId: string, bookingId: string, cancelledAt: Instant): void {
    const booking = this.#bookingsByPerson.get(personId)?.find(({ fact }) => fact.id === bookingId);
    if (booking) booking.until = cancelledAt;
  }

  addBooking(worker: Worker, bookedAt: Instant, duty: DutyFact): void {
    const own = this.#bookingsByPerson.get(worker.personId) ?? [];
    this.#bookingsByPerson.set(worker.personId, [...own, { fact: duty, since: bookedAt, until: null }]);
  }
}

function grouped<T, V>(list: readonly T[], of: (one: T) => [key: string, value: V]): Map<string, V[]> {
  const map = new Map<string, V[]>();
  for (const [key, value] of list.map(of)) map.set(key, [...(map.get(key) ?? []), value]);
  return map;
}
