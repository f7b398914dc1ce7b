import type { TrustCode } from '../places/facts.ts';
import { trustWords } from '../shifts/words-rules.ts';
import { alignmentSteps } from './facts.ts';
import type { AlignmentState, AlignmentStep, LeadFact, LifecycleFact, StanceFact } from './facts.ts';

/**
 * Why a step can't be taken. `not-yours`: this lead has no part in it, which is told as if it weren't there. `no-delegation`: the trust's
 * responsible person has not let them sign. Every other: the step is refused as things stand.
 */
export type Refusal = 'not-yours' | 'not-legal-now' | 'already-signed' | 'objection-open' | 'alone' | 'no-delegation';

/** A refusal in words that end with what would be legal and whose turn it is; `legal`: the steps somebody may take now. */
export interface WhyNot {
  code: Refusal;
  sentence: string;
  legal: AlignmentStep[];
}

export type TrustNames = ReadonlyMap<TrustCode, string>;

/** One trust's place in a round: its latest stance, or null while it has said nothing. */
export interface Standing<T> {
  trust: TrustCode;
  latest: T | null;
}

/** Where each of the trusts stands in a round, by its stances oldest first: an objection that was answered gives way to what follows it. */
export function standsOf<T extends { trust: TrustCode }>(stances: readonly T[], trusts: readonly TrustCode[]): Standing<T>[] {
  return trusts.map((trust) => ({ trust, latest: stances.findLast((stance) => stance.trust === trust) ?? null }));
}

const isOpen = (stance: StanceFact | null) => stance?.stance === 'objected' && !stance.answered;

/** How a round stands: who has yet to sign (again, after an answer), and whose objections wait for an answer. */
function roundOf({ stances, members }: LifecycleFact) {
  const stands = standsOf(stances, members);
  return {
    objecting: stands.filter(({ latest }) => isOpen(latest)).map(({ trust }) => trust),
    toSign: stands.filter(({ latest }) => latest?.stance !== 'signed' && !isOpen(latest)).map(({ trust }) => trust),
  };
}

/** Who takes a step: the lead of the trust whose course it is, or of any trust that shares by it. */
function takersOf(step: AlignmentStep, { state, courseTrust, members }: LifecycleFact): readonly TrustCode[] {
  switch (step) {
    case 'propose':
    case 'submit':
    case 'answer':
    case 'stress-test':
      return [courseTrust];
    case 'sign':
    case 'object':
    case 'validate':
      return members;
    case 'return':
      return [...new Set([courseTrust, ...members])];
    case 'withdraw':
      // Once it counts somewhere, each trust's responsible person answers for it (Mental Health Units (Use of Force) Act 2018, s.5(4)). Whoever comes
      // second hears that it is withdrawn, not that it isn't there.
      return state === 'stress-testing' || state === 'validated' || state === 'withdrawn'
        ? [...new Set([courseTrust, ...members])]
        : [courseTrust];
  }
}

const statesFor: Record<AlignmentStep, readonly (AlignmentState | null)[]> = {
  propose: [null, 'withdrawn'],
  submit: ['draft'],
  sign: ['in-review', 'stress-testing'],
  object: ['in-review', 'stress-testing'],
  answer: ['in-review', 'stress-testing'],
  'stress-test': ['in-review'],
  validate: ['stress-testing'],
  return: ['in-review', 'stress-testing'],
  withdraw: ['draft', 'in-review', 'stress-testing', 'validated'],
};

/** Is a step legal for somebody, in this state and at this point of the round? Who that is, is asked apart. */
function isLegal(step: AlignmentStep, alignment: LifecycleFact): boolean {
  if (!statesFor[step].includes(alignment.state)) return false;
  const { objecting, toSign } = roundOf(alignment);
  switch (step) {
    case 'sign':
    case 'object':
      return toSign.length > 0;
    case 'answer':
      return objecting.length > 0;
    case 'stress-test':
      return everyoneSigned(alignment);
    case 'validate':
      return everyoneSigned(alignment) && !isOneHand(alignment);
    case 'propose':
    case 'submit':
    case 'return':
    case 'withdraw':
      return true;
  }
}

function everyoneSigned(alignment: LifecycleFact): boolean {
  const { objecting, toSign } = roundOf(alignment);
  return alignment.members.length > 0 && objecting.length === 0 && toSign.length === 0;
}

/** A round in which one account signed for everyone, or which has only one trust: nobody validates alone. */
function isOneHand({ stances, members }: LifecycleFact): boolean {
  const hands = standsOf(stances, members).map(({ latest }) => latest?.accountId ?? null);
  return members.length < 2 || (hands[0] !== null && hands.every((hand) => hand === hands[0]));
}

const stateWords: Record<AlignmentState, string> = {
  draft: 'a draft',
  'in-review': 'in review',
  'stress-testing': 'in stress testing',
  validated: 'validated',
  withdrawn: 'withdrawn',
};

const stepWords: Record<AlignmentStep, string> = {
  propose: 'propose it',
  submit: 'send it for review',
  sign: 'sign it',
  object: 'object to it',
  answer: 'answer an objection',
  'stress-test': 'start stress testing',
  validate: 'validate it',
  return: 'send it back',
  withdraw: 'withdraw it',
};

const listed = (words: readonly string[], last: 'and' | 'or') =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;

const nameOf = (names: TrustNames, trust: TrustCode) => trustWords(names.get(trust) ?? trust);
const namesOf = (names: TrustNames, trusts: readonly TrustCode[], last: 'and' | 'or' = 'and') =>
  listed(
    trusts.map((trust) => nameOf(names, trust)),
    last,
  );

/**
 * Whose turn it is, as trusts and in words ("Bradford District Care to sign"). Nobody's once it is validated or withdrawn: what somebody may
 * still do then, nobody has to (rules-staffing, section 2).
 */
export function turnOf(alignment: LifecycleFact, names: TrustNames): { trusts: TrustCode[]; sentence: string } {
  const { state, courseTrust, members } = alignment;
  switch (state) {
    case null:
      return { trusts: [], sentence: 'Nobody has proposed it yet' };
    case 'draft':
      return { trusts: [courseTrust], sentence: `${nameOf(names, courseTrust)} to send it for review` };
    case 'validated':
      return { trusts: [], sentence: 'Validated: nobody has to do anything' };
    case 'withdrawn':
      return { trusts: [], sentence: 'Withdrawn: nobody has to do anything' };
    case 'in-review':
    case 'stress-testing':
  }
  if (everyoneSigned(alignment)) {
    if (state === 'in-review') {
      return { trusts: [courseTrust], sentence: `All have signed: ${nameOf(names, courseTrust)} to start stress testing` };
    }
    if (isOneHand(alignment)) return { trusts: [], sentence: 'All have signed, but by one hand: nobody validates alone' };
    return { trusts: members, sentence: `All have signed: ${namesOf(names, members, 'or')} may validate` };
  }
  const { objecting, toSign } = roundOf(alignment);
  const sentences = [
    ...(objecting.length > 0
      ? [
          `${nameOf(names, courseTrust)} to answer ${objecting.length === 1 ? 'the objection' : 'the objections'} of ${namesOf(names, objecting)}`,
        ]
      : []),
    ...(toSign.length > 0 ? [`${namesOf(names, toSign)} to sign`] : []),
  ];
  return { trusts: [...new Set([...(objecting.length > 0 ? [courseTrust] : []), ...toSign])], sentence: sentences.join('; ') };
}

/** The steps that are legal now for somebody, in the order of the lifecycle. */
export function legalSteps(alignment: LifecycleFact): AlignmentStep[] {
  return alignmentSteps.filter((step) => isLegal(step, alignment));
}

/** Trusts for which this lead could sign or object now, by the round alone; delegation is asked apart. */
const mine = (alignment: LifecycleFact, lead: LeadFact) => roundOf(alignment).toSign.filter((trust) => lead.leads.includes(trust));

/**
 * The trust this lead signs or objects for now: the one of theirs that is due and whose delegation they hold; null where there is none.
 * A lead of several gives one at a time, or narrows `lead` to one first.
 */
export function signingTrustOf(alignment: LifecycleFact, lead: LeadFact): TrustCode | null {
  return mine(alignment, lead).find((trust) => lead.signsFor.includes(trust)) ?? null;
}

/**
 * Why this lead can't take this step now, or null where they can. In this order: it isn't theirs at all (told as missing); it isn't legal as
 * things stand (rules-staffing, section 2: all must sign to move on, again to validate; a trust signs once a round, and not while its own
 * objection is unanswered); their trust's responsible person hasn't let them sign. Reasons that are due are the contract's to ask for.
 */
export function whyNot(step: AlignmentStep, alignment: LifecycleFact, lead: LeadFact, names: TrustNames): WhyNot | null {
  const legal = legalSteps(alignment);
  const { sentence: turn } = turnOf(alignment, names);
  const refuse = (code: Refusal, why: string): WhyNot => ({ code, sentence: `${why} ${turn}.`, legal });
  const takers = takersOf(step, alignment);
  const own = takers.filter((trust) => lead.leads.includes(trust));
  if (own.length === 0) {
    const who = takers.length === 1 ? `the training lead of ${nameOf(names, takers[0]!)}` : 'a training lead of a trust that shares by it';
    return refuse('not-yours', `Only ${who} may ${stepWords[step]}.`);
  }
  if (!statesFor[step].includes(alignment.state)) {
    const words = legal.map((one) => stepWords[one]);
    const may = words.length === 0 ? '' : `, so a lead may ${listed(words, 'or')}`;
    const is = alignment.state === null ? 'It has not been proposed' : `It is ${stateWords[alignment.state]}`;
    return refuse('not-legal-now', `${is}${may}.`);
  }
  if (step === 'sign' || step === 'object') {
    const due = mine(alignment, lead);
    if (due.length === 0) {
      const { objecting } = roundOf(alignment);
      const waiting = own.filter((trust) => objecting.includes(trust));
      if (waiting.length > 0) return refuse('objection-open', `The objection of ${namesOf(names, waiting)} has to be answered first.`);
      return refuse(
        'already-signed',
        `${namesOf(names, own)} ${own.length === 1 ? 'has' : 'have'} signed in this round; to stop it, send it back.`,
      );
    }
    if (signingTrustOf(alignment, lead) === null) {
      return refuse('no-delegation', `The responsible person of ${namesOf(names, due, 'or')} has not let you sign as of today.`);
    }
    return null;
  }
  if (isLegal(step, alignment)) return null;
  if (step === 'answer') return refuse('not-legal-now', 'No objection waits for an answer.');
  if (everyoneSigned(alignment)) return refuse('alone', 'Two people at least have to sign: nobody validates alone.');
  return refuse('not-legal-now', `Every trust has to sign before anyone may ${stepWords[step]}.`);
}

/** Every step with whether this lead may take it now, and the words for why not. */
export function stepsFor(
  alignment: LifecycleFact,
  lead: LeadFact,
  names: TrustNames,
): { step: AlignmentStep; may: boolean; because: string | null }[] {
  return alignmentSteps.map((step) => {
    const why = whyNot(step, alignment, lead, names);
    return { step, may: why === null, because: why?.sentence ?? null };
  });
}

const stateAfter: Partial<Record<AlignmentStep, AlignmentState>> = {
  propose: 'draft',
  submit: 'in-review',
  'stress-test': 'stress-testing',
  validate: 'validated',
  withdraw: 'withdrawn',
};

/** The state a legal step leads to, and so whether it opens a new round; signing, objecting and answering leave it as it is. */
export function stateAfterStep(step: AlignmentStep, state: AlignmentState | null): AlignmentState | null {
  if (step === 'return') return state === 'stress-testing' ? 'in-review' : 'draft';
  return stateAfter[step] ?? state;
}
