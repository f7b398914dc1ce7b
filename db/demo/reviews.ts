// Bookings that were a plain yes when they were made and no longer are: a record was revoked, a ward asked not to be sent somebody, a roster
// changed, a check turned out to have ended. Each is decided again by the rules that decide a real one, at the instant the fact came in.
import type { Decision } from '@homeward/shared/kernel/decision.ts';
import { hourMs, minuteMs, type Instant } from '@homeward/shared/kernel/interval.ts';
import { addDays } from '@homeward/shared/kernel/local-time.ts';
import { stillHolds } from '@homeward/shared/shifts/review-rules.ts';
import { decide, rulesVersion } from '@homeward/shared/shifts/rules.ts';
import { heldShift, reviewReason } from '@homeward/shared/shifts/settle-rules.ts';
import type { WorkerFacts } from '@homeward/shared/workers/facts.ts';
import type { Offices } from './accounts.ts';
import { Chance } from './chance.ts';
import { at, period, type Clock, type Row, type Told } from './rows.ts';
import type { Posted, Shifts } from './shifts.ts';
import type { Worker, Workers } from './workers.ts';
import type { WorkingTime } from './working-time.ts';

/** Something that came in after the booking, and what it makes of what is known of its worker; null where it can't happen to this one. */
type Incident = (booked: { shift: Posted; worker: Worker; facts: WorkerFacts; decision: Decision; happenedAt: Instant }) => {
  because: string;
  accountId: string | null;
  after: WorkerFacts;
  write: () => void;
} | null;

export function reviewsOf(
  { now, today }: Clock,
  { shifts, workers, workingTime, offices }: { shifts: Shifts; workers: Workers; workingTime: WorkingTime; offices: Offices },
) {
  const chance = new Chance('reviews');
  const events: Told[] = [];
  const bookingDecision: Row<'bookingDecision'>[] = [];
  const trainingRevocation: Row<'trainingRevocation'>[] = [];
  const restriction: Row<'restriction'>[] = [];
  const duty: Row<'duty'>[] = [];
  const dutyRevision: Row<'dutyRevision'>[] = [];
  const workerRevision: Row<'workerRevision'>[] = [];

  const revoked: Incident = ({ worker, facts, decision, happenedAt }) => {
    const check = decision.checks.find((one) => one.code === 'training:pmva-team');
    const record = check?.evidence.find((one) => one.what === 'training record');
    const known = facts.records.find((one) => one.id === record?.id);
    if (!known) return null;
    const { accountId, name } = offices.officerOf('training-lead', worker.trust);
    const reason = 'The course day’s register was put right: the team assessment was not passed';
    return {
      because: 'A training record was revoked',
      accountId,
      after: {
        ...facts,
        records: facts.records.map((one) => (one === known ? { ...one, revoked: { at: happenedAt, by: name, reason } } : one)),
      },
      write: () => {
        trainingRevocation.push({ recordId: known.id, at: at(happenedAt), byAccount: accountId, byName: name, reason });
        events.push({
          type: 'training.changed',
          at: happenedAt,
          accountId,
          workerId: worker.id,
          data: { recordId: known.id, revoked: true, reason, personId: worker.personId },
        });
      },
    };
  };

  const asked: Incident = ({ shift, worker, facts, happenedAt }) => {
    const { accountId, name } = offices.officerOf('bank-office', shift.ward.trust);
    const id = chance.id(happenedAt);
    const known = {
      id,
      wardId: shift.ward.id,
      fromDay: today,
      untilDay: addDays(today, 60),
      reason: 'A complaint from a family is being looked into',
      reviewer: 'Matron for the service',
    };
    return {
      because: 'The ward asked not to be sent this person',
      accountId,
      after: { ...facts, restrictions: [...facts.restrictions, known] },
      write: () => {
        restriction.push({
          ...known,
          workerId: worker.id,
          recordedAt: at(happenedAt),
          recordedBy: accountId,
          recordedByName: name,
          liftedAt: null,
        });
        events.push({
          type: 'restriction.changed',
          at: happenedAt,
          accountId,
          wardId: shift.ward.id,
          workerId: worker.id,
          data: { personId: worker.personId, restrictionId: id },
        });
      },
    };
  };

  /** Their own ward swapped a turn: a duty that ends nine hours and a half before this shift. */
  const swapped: Incident = ({ shift, worker, facts, happenedAt }) => {
    const end = shift.facts.start - 9.5 * hourMs;
    const start = end - 7.5 * hourMs;
    if (start < now + hourMs || !workingTime.diary.isFree(worker.personId, { start, end }, 9)) return null;
    const id = chance.id(happenedAt);
    const known = { source: 'roster', kind: 'duty', trust: worker.trust, start, end, breakMinutes: 30 } as const;
    const wardId = worker.ward?.id ?? null;
    const where = worker.ward?.name ?? shifts.ground.trustNames.get(worker.trust)!;
    return {
      because: 'A roster changed',
      accountId: null,
      after: { ...facts, duties: [...facts.duties, { ...known, id, wardId, where }].sort((a, b) => a.start - b.start) },
      write: () => {
        workingTime.diary.add(worker.personId, { start, end });
        const dutyId = chance.id(happenedAt);
        duty.push({ id: dutyId, trust: worker.trust, externalId: `R-9${String(duty.length + 1).padStart(5, '0')}` });
        dutyRevision.push({
          id,
          dutyId,
          workerId: worker.id,
          personId: worker.personId,
          wardId,
          kind: known.kind,
          period: period(start, end),
          breakMinutes: known.breakMinutes,
          recordedAt: at(happenedAt),
          replacedAt: null,
        });
      },
    };
  };

  const ended: Incident = ({ worker, facts, happenedAt }) => {
    const { accountId, name } = offices.officerOf('bank-office', worker.trust);
    const dbsUntil = addDays(today, -1);
    return {
      because: 'An employment check changed',
      accountId,
      after: { ...facts, checks: { ...facts.checks, dbs: { ...facts.checks.dbs, untilDay: dbsUntil } } },
      write: () => {
        const before = { ...worker.revision, id: chance.id(now), replacedAt: at(happenedAt) };
        workerRevision.push(before);
        Object.assign(worker.revision, {
          dbsUntil,
          recordedAt: at(happenedAt),
          recordedBy: accountId,
          recordedByName: name,
          because: 'The update service no longer shows the disclosure as current',
        });
        events.push({
          type: 'worker.changed',
          at: happenedAt,
          accountId,
          workerId: worker.id,
          data: { personId: worker.personId, what: 'dbs' },
        });
      },
    };
  };

  // The first two of each trust stay in order, and so does whoever waits for a ward's answer or holds more than one shift.
  const byId = new Map(workers.list.map((worker) => [worker.id, worker]));
  const isLive = (row: Row<'booking'>) => row.status === 'confirmed' && Date.parse(row.period.slice(1, -1).split(',')[1]!) > now;
  const held = Map.groupBy(shifts.rows.booking.filter(isLive), (row) => row.personId);
  const busy = new Set(shifts.rows.shiftRequest.map((row) => byId.get(row.workerId)!.personId));
  const open = shifts.posted
    .flatMap((shift) => {
      const row = shifts.rows.booking.find((one) => one.shiftId === shift.row.id && isLive(one));
      const worker = row && byId.get(row.workerId)!;
      if (!row || !worker || shift.facts.start < now + hourMs || busy.has(worker.personId)) return [];
      if (held.get(worker.personId)!.length > 1 || /-000[12]$/.test(worker.staffNumber)) return [];
      return [{ shift, row, worker }];
    })
    .sort((a, b) => a.shift.facts.start - b.shift.facts.start);

  const done = new Set<string>();
  for (const [index, incident] of [swapped, revoked, asked, swapped, revoked, ended].entries()) {
    // Some for tomorrow and some for days to come.
    for (const { shift, row, worker } of [...open.slice(index * 3), ...open]) {
      if (done.has(row.id)) continue;
      const happenedAt = now - (12 + 31 * index) * minuteMs;
      const accepted = row.decision as unknown as Decision;
      if (Date.parse(String(row.bookedAt)) >= happenedAt) continue;
      const known = shifts.people.factsOf(worker);
      const facts = { ...known, duties: known.duties.filter((one) => one.id !== row.id) };
      const found = incident({ shift, worker, facts, decision: accepted, happenedAt });
      if (!found) continue;
      const decision = decide(found.after, heldShift(shift.facts), shifts.ground, happenedAt);
      // A roster that changed leaves something to decide: a ward may keep the shift with compensatory rest.
      if (stillHolds(decision, accepted) || (incident === swapped && decision.outcome !== 'override')) continue;
      found.write();
      done.add(row.id);
      Object.assign(row, {
        status: 'needs-review',
        reviewReason: reviewReason(found.because, decision, accepted, { sameTrust: worker.trust === shift.ward.trust }),
        reviewSince: at(happenedAt),
        nextCheckAt: null,
      });
      bookingDecision.push({
        id: chance.id(happenedAt),
        bookingId: row.id,
        at: at(happenedAt),
        kind: 'review',
        because: found.because,
        decision: JSON.parse(JSON.stringify(decision)),
        rules: rulesVersion,
        byAccount: found.accountId,
        byName: null,
        compensatoryRest: null,
      });
      events.push({
        type: 'booking.needs-review',
        at: happenedAt,
        accountId: found.accountId,
        wardId: shift.ward.id,
        shiftId: shift.row.id,
        workerId: worker.id,
        data: { bookingId: row.id, personId: worker.personId, because: found.because },
      });
      break;
    }
  }
  return { events, rows: { bookingDecision, trainingRevocation, restriction, duty, dutyRevision, workerRevision } };
}
