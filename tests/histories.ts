// Were accepts and holds, as those who asked saw them, the acts on a thing that has one owner at a time? A search, resource by resource, for
// an order of them that fits what each was told and when (linearizability, after Wing and Gong).

/** Somebody asks to have a resource, or gives it back; `yes` took effect at some instant between asking and being told. */
export interface Take {
  kind: 'take' | 'release';
  resource: string;
  owner: string;
  startedAt: number;
  endedAt: number;
  /**
   * `no` to a take: somebody has it. `no` to a release: the owner named hasn't. `unknown`: it happens at some time from its start on, or never; so does
   * an end that comes by the clock.
   */
  outcome: 'yes' | 'no' | 'unknown';
}

export interface Look {
  kind: 'look';
  resource: string;
  /** Its owner, `somebody` where the reader is not told who, null where it is free. */
  sees: string | null;
  startedAt: number;
  endedAt: number;
}

export const somebody = 'somebody';

type Act = Take | Look;
type Owner = string | null;

/**
 * Times are of one clock, in milliseconds; everything is free at first. A request repeated under one key is one act, from its first start to its first answer.
 * @returns a sentence for each resource whose history no order of acts explains
 */
export function brokenHistories(history: readonly Act[]): string[] {
  return [...Map.groupBy(history, ({ resource }) => resource)].flatMap(([resource, acts]) => {
    const stuck = unexplained(acts);
    return stuck === null ? [] : [`${resource}: no order of its ${acts.length} acts explains that ${stuck}`];
  });
}

/** An order begun. Each of `pending` may come next; acts[next] and all after it began when one of those had ended. */
interface Begun {
  owner: Owner;
  pending: readonly number[];
  next: number;
}

/** @returns the act at which the order that got furthest ended; null where one goes to the end */
function unexplained(unordered: readonly Act[]): string | null {
  const acts = unordered.toSorted((a, b) => a.startedAt - b.startedAt);
  const tried = new Set<string>();
  const begun: Begun[] = [{ owner: null, pending: [], next: 0 }];
  let furthest = { placed: -1, says: '' };
  for (let last = begun.pop(); last; last = begun.pop()) {
    const { owner, pending, next } = readOn(acts, last);
    const certain = pending.map((at) => acts[at]!).filter((act) => !isUnknown(act));
    if (next === acts.length && certain.length === 0) return null;
    const key = `${owner} ${next} ${pending.join()}`;
    if (tried.has(key)) continue;
    tried.add(key);
    const placed = next - pending.length;
    if (placed > furthest.placed) furthest = { placed, says: wordsOf(certain.toSorted((a, b) => endOf(a) - endOf(b))[0]!, owner) };
    // Of acts that nobody heard the end of and that do the same, one is as good as another.
    const steps = new Map<string, number>();
    for (const at of pending) {
      const act = acts[at]!;
      if (isChange(act) && fits(act, owner)) steps.set(isUnknown(act) ? `${act.kind} ${act.owner}` : `${at}`, at);
    }
    // The last pushed is tried first: what is known to have happened.
    for (const at of [...steps.values()].sort((a, b) => Number(isUnknown(acts[b]!)) - Number(isUnknown(acts[a]!)))) {
      const { kind, owner: by } = acts[at] as Take;
      begun.push({ owner: kind === 'take' ? by : null, pending: pending.filter((one) => one !== at), next });
    }
  }
  return furthest.says;
}

/** Places every act that changes nothing and fits as soon as it may come: this shuts out no order of the others. */
function readOn(acts: readonly Act[], { owner, pending: before, next: from }: Begun): Begun {
  let pending = [...before];
  let next = from;
  for (;;) {
    let firstEnd = Math.min(...pending.map((at) => endOf(acts[at]!)));
    for (; next < acts.length && acts[next]!.startedAt <= firstEnd; next += 1) {
      pending.push(next);
      firstEnd = Math.min(firstEnd, endOf(acts[next]!));
    }
    const left = pending.filter((at) => isChange(acts[at]!) || !fits(acts[at]!, owner));
    if (left.length === pending.length) return { owner, pending, next };
    pending = left;
  }
}

const isUnknown = (act: Act) => act.kind !== 'look' && act.outcome === 'unknown';
const isChange = (act: Act): act is Take => act.kind !== 'look' && act.outcome !== 'no';
const endOf = (act: Act) => (isUnknown(act) ? Infinity : act.endedAt);

/** May this come when `owner` has it? */
function fits(act: Act, owner: Owner): boolean {
  if (act.kind === 'look') return act.sees === somebody ? owner !== null : act.sees === owner;
  if (act.kind === 'take') return (owner === null) === (act.outcome !== 'no');
  return (owner === act.owner) === (act.outcome !== 'no');
}

function wordsOf(act: Act, owner: Owner): string {
  const told = act.kind === 'look' ? `somebody saw ${act.sees ?? 'it free'}` : `${act.owner} was told ${act.outcome} to a ${act.kind}`;
  return `${told} (${act.startedAt.toFixed(1)}–${act.endedAt.toFixed(1)} ms) while ${owner === null ? 'it was free' : `${owner} had it`}`;
}
