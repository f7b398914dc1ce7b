import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import { trustWords } from '@homeward/shared/shifts/words-rules.ts';
import { againstStandard, besideCourse } from '@homeward/shared/training/comparison-rules.ts';
import type {
  AlignmentDetail,
  AlignmentStateView,
  AlignmentView,
  CourseDetail,
  CourseView,
  SignatureView,
} from '@homeward/shared/training/contract.ts';
import type { AlignmentState, LeadFact, LifecycleFact } from '@homeward/shared/training/facts.ts';
import { standsOf, stepsFor, turnOf, type TrustNames } from '@homeward/shared/training/lifecycle-rules.ts';
import { wardLines } from '../places/queries.ts';
import { notHere, ok, type Result } from '../platform/problem.ts';
import { hasRole, managedWards, trustsAs, type Scope } from '../platform/scope.ts';
import { courseDetails, techniques } from './course-queries.ts';
import { delegationsInForce } from './delegation-queries.ts';
import { competencies, courses } from './queries.ts';

/** What a trust said in a round, as it is stored. */
export interface StoredSignature {
  id: string;
  stateId: string;
  trust: string;
  trustName: string;
  stance: 'signed' | 'objected';
  accountId: string | null;
  by: string;
  responsiblePerson: string;
  at: string;
  reason: string | null;
  answer: SignatureView['answer'];
}

/** An alignment as it stands, with what its lifecycle goes by: who shares, what the open round has heard, where it is tried. */
export interface StoredAlignment {
  id: string;
  courseId: string;
  courseTrust: string;
  competency: string;
  collaborativeId: string;
  stateId: string;
  state: AlignmentState;
  since: Date;
  decidedBy: string;
  decidedByTrust: string | null;
  reason: string | null;
  countsFrom: LocalDay | null;
  pilotUntil: Date | null;
  watchFor: string | null;
  pilotWards: { id: string; code: string; name: string }[];
  /** The members of its collaborative on the local day asked for, by name. */
  members: { trust: string; name: string; short: string }[];
  /** Every stance of the round that is open, oldest first. */
  signatures: StoredSignature[];
}

const signaturesOf = (states: RawBuilder<unknown>) => sql`
  select coalesce(json_agg(json_build_object('id', g.id, 'stateId', g.alignment_state_id, 'trust', g.trust, 'trustName', t.name,
      'stance', g.stance, 'accountId', g.account_id, 'by', g.by_name, 'responsiblePerson', g.responsible_person, 'at', g.at, 'reason', g.reason,
      'answer', case when o.signature_id is null then null
        else json_build_object('by', o.by_name, 'trust', o.trust, 'at', o.at, 'answer', o.answer) end) order by g.at, g.id), '[]')
  from alignment_signature g join trust t on t.ods_code = g.trust left join objection_answer o on o.signature_id = g.id
  where g.alignment_state_id in (${states})`;
const pilotWardsOf = (state: RawBuilder<unknown>) => sql`
  select coalesce(json_agg(json_build_object('id', w.id, 'code', w.code, 'name', w.name) order by w.code), '[]')
  from alignment_pilot_ward p join ward w on w.id = p.ward_id where p.alignment_state_id = ${state}`;

const inUtc = (signature: StoredSignature): StoredSignature => ({
  ...signature,
  at: rfc3339(Date.parse(signature.at)),
  answer: signature.answer && { ...signature.answer, at: rfc3339(Date.parse(signature.answer.at)) },
});

/** @param where selects among `alignment a`, its current state `s` and its `course c`; one statement however many */
export async function storedAlignments(db: Kysely<DB>, where: RawBuilder<unknown>, today: LocalDay): Promise<StoredAlignment[]> {
  const { rows } = await sql<StoredAlignment>`
    select a.id, a.course_id, c.trust as course_trust, a.competency, a.collaborative_id, s.id as state_id, s.state, s.since, s.decided_by, s.decided_by_trust,
      s.reason, s.counts_from, s.pilot_until, s.watch_for, (${pilotWardsOf(sql`s.id`)}) as pilot_wards,
      (select coalesce(json_agg(json_build_object('trust', m.trust, 'name', t.name, 'short', t.short) order by t.name), '[]')
        from collaborative_member m join trust t on t.ods_code = m.trust
        where m.collaborative_id = a.collaborative_id and m.days @> ${today}::date) as members,
      (${signaturesOf(sql`s.id`)}) as signatures
    from alignment a join alignment_state s on s.alignment_id = a.id and s.replaced_at is null join course c on c.id = a.course_id
    where ${where} order by a.competency, c.trust, c.code, c.version, a.id`.execute(db);
  return rows.map((row) => ({ ...row, signatures: row.signatures.map(inUtc) }));
}

/** Those who share by an alignment read it: training leads, bank offices and ward managers of a member of its collaborative, its programme office, and auditors. */
export const isMine = (scope: Scope, today: LocalDay) => sql<boolean>`(${hasRole(scope, 'auditor', 'administrator')}
  or a.collaborative_id = any(${scope.grants.flatMap((grant) => grant.collaborativeId ?? [])}::uuid[])
  or exists (select 1 from collaborative_member m where m.collaborative_id = a.collaborative_id and m.days @> ${today}::date
    and (m.trust = any(${[...trustsAs(scope, 'training-lead'), ...trustsAs(scope, 'bank-office')]}::text[])
      or m.trust in (select w.trust from ward w where w.id = any(${managedWards(scope)}::uuid[])))))`;

interface StateRow {
  id: string;
  state: AlignmentState;
  since: Date;
  until: Date | null;
  decidedBy: string;
  trust: string | null;
  reason: string | null;
  countsFrom: LocalDay | null;
  pilotUntil: Date | null;
  watchFor: string | null;
  pilotWards: AlignmentStateView['pilotWards'];
}

const isoOrNull = (at: Date | null) => at && rfc3339(at.getTime());

/** The view of a stance, or of a trust that has said nothing yet. */
const signatureView = ({ stateId: _, accountId: _account, ...signature }: StoredSignature): SignatureView => signature;
const silent = (trust: string, trustName: string): SignatureView => ({
  trust,
  trustName,
  stance: null,
  id: null,
  by: null,
  responsiblePerson: null,
  at: null,
  reason: null,
  answer: null,
});

/** Every state the alignment has been in, the first first, each with everything that was said in its round. */
export async function statesOf(db: Kysely<DB>, alignmentId: string): Promise<AlignmentStateView[]> {
  const { rows } = await sql<StateRow>`
    select s.id, s.state, s.since, s.replaced_at as until, s.decided_by, s.decided_by_trust as trust, s.reason, s.counts_from, s.pilot_until, s.watch_for,
      (${pilotWardsOf(sql`s.id`)}) as pilot_wards
    from alignment_state s where s.alignment_id = ${alignmentId} order by s.since, s.replaced_at nulls last, s.id`.execute(db);
  const said = await sql<{ signatures: StoredSignature[] }>`
    select (${signaturesOf(sql`select id from alignment_state where alignment_id = ${alignmentId}`)}) as signatures`.execute(db);
  const saidIn = Map.groupBy(said.rows[0]!.signatures.map(inUtc), (signature) => signature.stateId);
  return rows.map((row, at) => ({
    ...row,
    version: at + 1,
    since: rfc3339(row.since.getTime()),
    until: isoOrNull(row.until),
    pilotUntil: isoOrNull(row.pilotUntil),
    signatures: (saidIn.get(row.id) ?? []).map(signatureView),
  }));
}

/** The alignment as the rules of its lifecycle see it. */
export const lifecycleOf = (alignment: StoredAlignment): LifecycleFact => ({
  state: alignment.state,
  courseTrust: alignment.courseTrust,
  members: alignment.members.map((member) => member.trust),
  stances: alignment.signatures.map(({ trust, stance, answer, accountId }) => ({ trust, stance, answered: answer !== null, accountId })),
});

/** What a lead may do: the trusts they lead, and those of them whose responsible person lets them sign today. */
export async function leadOf(db: Kysely<DB>, scope: Scope, now: Instant, hold: { lock?: boolean } = {}): Promise<LeadFact> {
  const leads = [...new Set(trustsAs(scope, 'training-lead'))];
  return { leads, signsFor: leads.length === 0 ? [] : [...(await delegationsInForce(db, scope.accountId, now, hold)).keys()] };
}

/** The names that sentences say, of every trust there is: the course's own may have left the collaborative. */
export async function trustNames(db: Kysely<DB>): Promise<TrustNames> {
  const rows = await db.selectFrom('trust').select(['odsCode', 'name']).execute();
  return new Map(rows.map((row) => [row.odsCode, row.name]));
}

function alignmentView(alignment: StoredAlignment, course: CourseView, names: TrustNames): AlignmentView {
  return {
    id: alignment.id,
    course,
    competency: alignment.competency,
    state: alignment.state,
    since: rfc3339(alignment.since.getTime()),
    decidedBy: alignment.decidedBy,
    reason: alignment.reason,
    countsFrom: alignment.countsFrom,
    pilotUntil: isoOrNull(alignment.pilotUntil),
    pilotWards: alignment.pilotWards,
    turn: turnOf(lifecycleOf(alignment), names),
  };
}

/** Every alignment I share by, with whose turn it is: four statements however many. */
export async function alignments(db: Kysely<DB>, scope: Scope, now: Instant): Promise<AlignmentView[]> {
  const today = localDayOf(now);
  const byId = new Map((await courses(db, scope)).map((course) => [course.id, course]));
  const names = await trustNames(db);
  return (await storedAlignments(db, isMine(scope, today), today)).map((alignment) =>
    alignmentView(alignment, byId.get(alignment.courseId)!, names),
  );
}

/** What each other member teaches for the competency, in its newest version, and how far that is aligned. */
async function othersOf(db: Kysely<DB>, alignment: StoredAlignment) {
  const { rows } = await sql<{ trust: string; courseId: string; alignmentId: string | null; state: AlignmentState | null }>`
    select distinct on (c.trust) c.trust, c.id as course_id, a.id as alignment_id, s.state
    from course c join course_revision r on r.course_id = c.id and r.replaced_at is null and r.meets = ${alignment.competency}
      left join alignment a on a.course_id = c.id and a.competency = r.meets and a.collaborative_id = ${alignment.collaborativeId}
      left join alignment_state s on s.alignment_id = a.id and s.replaced_at is null
    where c.trust = any(${alignment.members.map((member) => member.trust)}::text[]) and c.trust <> ${alignment.courseTrust}
    order by c.trust, (select min(f.recorded_at) from course_revision f where f.course_id = c.id) desc, length(c.version) desc, c.version desc`.execute(
    db,
  );
  return new Map(rows.map((row) => [row.trust, row]));
}

/** One alignment with everything a lead judges it by, as `alignmentDetail` shows it. Some fifteen statements. */
export async function alignmentDetailOf(db: Kysely<DB>, scope: Scope, alignment: StoredAlignment, now: Instant): Promise<AlignmentDetail> {
  const today = localDayOf(now);
  const names = await trustNames(db);
  const others = await othersOf(db, alignment);
  const described = await courseDetails(
    db,
    sql`c.id = any(${[alignment.courseId, ...[...others.values()].map((other) => other.courseId)]}::uuid[])`,
  );
  const course = described.get(alignment.courseId)!;
  const titles = new Map((await techniques(db, scope)).map((technique) => [technique.code, technique.title]));
  const competency = (await competencies(db, scope, now)).find((one) => one.code === alignment.competency)!;
  const lifecycle = lifecycleOf(alignment);
  const history = await statesOf(db, alignment.id);
  const comments = await sql<{ id: string; at: Date; by: string; trust: string | null; words: string }>`
    select id, at, by_name as by, trust, words from alignment_comment where alignment_id = ${alignment.id} order by at, id`.execute(db);
  const reports = await sql<{
    id: string;
    stateId: string;
    wardId: string;
    at: Date;
    by: string;
    verdict: 'as-expected' | 'concerns';
    words: string;
  }>`
    select p.id, p.alignment_state_id as state_id, p.ward_id, p.at, p.by_name as by, p.verdict, p.words
    from pilot_report p join alignment_state s on s.id = p.alignment_state_id where s.alignment_id = ${alignment.id} order by p.at, p.id`.execute(
    db,
  );
  const lines = await wardLines(
    db,
    reports.rows.map((report) => report.wardId),
  );
  const isRound = alignment.state === 'in-review' || alignment.state === 'stress-testing';
  const nameOf = (trust: string) => names.get(trust) ?? trust;
  return {
    ...alignmentView(alignment, course, names),
    course,
    competencyTitle: competency.title,
    standard: competency.standard,
    againstStandard: againstStandard(
      course,
      competency.standard && { ...competency.standard, useOfForce: competency.useOfForce },
      titles,
      today,
    ),
    others: alignment.members
      .filter((member) => member.trust !== alignment.courseTrust)
      .map(({ trust, name }) => {
        const other = others.get(trust);
        const theirs: CourseDetail | null = (other && described.get(other.courseId)) ?? null;
        return {
          trust,
          trustName: name,
          course: theirs,
          state: other?.state ?? null,
          alignmentId: other?.alignmentId ?? null,
          differences: theirs ? besideCourse(course, { ...theirs, trustName: trustWords(name) }, titles, today) : [],
        };
      }),
    round: isRound
      ? standsOf(alignment.signatures, lifecycle.members).map(({ trust, latest }) =>
          latest ? signatureView(latest) : silent(trust, nameOf(trust)),
        )
      : [],
    steps: stepsFor(lifecycle, await leadOf(db, scope, now), names),
    history,
    comments: comments.rows.map((comment) => ({ ...comment, at: rfc3339(comment.at.getTime()) })),
    reports: reports.rows.map(({ stateId, wardId, ...report }) => ({
      ...report,
      at: rfc3339(report.at.getTime()),
      ward: lines.get(wardId)!,
      round: history.find((state) => state.id === stateId)!.version,
    })),
  };
}

/** One alignment that I share by; whoever doesn't is told that it isn't here. */
export async function alignmentDetail(db: Kysely<DB>, scope: Scope, id: string, now: Instant): Promise<Result<AlignmentDetail>> {
  const today = localDayOf(now);
  const [alignment] = await storedAlignments(db, sql`a.id = ${id} and ${isMine(scope, today)}`, today);
  return alignment ? ok(await alignmentDetailOf(db, scope, alignment, now)) : notHere();
}
