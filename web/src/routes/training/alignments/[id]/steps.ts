import type { AlignmentDetail } from '@homeward/shared/training/contract.ts';
import type { AlignmentStep } from '@homeward/shared/training/facts.ts';

/** The words of one step: the button that asks, the question, what follows from it, the button that does it, what is said then. */
interface StepWords {
  opens: string;
  heading: string;
  says: string;
  does: string;
  doing: string;
  done: string;
  kind: 'primary' | 'secondary' | 'warning';
  reason: 'due' | 'welcome';
  /** It changes where training counts: that is shown before and told after. */
  hasEffect: boolean;
}

export const stepWords: Record<AlignmentStep, StepWords> = {
  propose: {
    opens: 'Propose it again',
    heading: 'Propose this course again?',
    says: 'It begins as a draft with a new round of signing. What was said before stays in its history.',
    does: 'Propose it again',
    doing: 'Proposing…',
    done: 'It is a draft again.',
    kind: 'primary',
    reason: 'welcome',
    hasEffect: false,
  },
  submit: {
    opens: 'Ask the trusts to review it',
    heading: 'Ask every trust to review it?',
    says: 'The training lead of each trust is asked to sign or object. After that the description of the course can no longer be corrected.',
    does: 'Ask the trusts',
    doing: 'Asking…',
    done: 'Every trust is asked to sign or object.',
    kind: 'primary',
    reason: 'welcome',
    hasEffect: false,
  },
  sign: {
    opens: 'Sign',
    heading: 'Sign this course?',
    says: 'You say that it meets the standard well enough for your trust. Your signature stands in its history and cannot be taken out.',
    does: 'Sign',
    doing: 'Signing…',
    done: 'You have signed.',
    kind: 'primary',
    reason: 'welcome',
    hasEffect: false,
  },
  object: {
    opens: 'Object',
    heading: 'Object to this course?',
    says: 'It cannot move on until the trust that teaches it has answered you. Then you sign, or object again.',
    does: 'Object',
    doing: 'Sending…',
    done: 'Your objection is on record. The trust that teaches the course is asked to answer it.',
    kind: 'secondary',
    reason: 'due',
    hasEffect: false,
  },
  answer: {
    opens: 'Answer the objection',
    heading: 'Answer the objection',
    says: 'Once it is answered, the trust that objected can sign, or object again.',
    does: 'Send the answer',
    doing: 'Sending…',
    done: 'The objection is answered.',
    kind: 'primary',
    reason: 'due',
    hasEffect: false,
  },
  'stress-test': {
    opens: 'Start the pilot',
    heading: 'Start the pilot?',
    says: 'On the pilot wards the course counts at once, for shifts that start before the pilot ends. Every trust signs again before it counts everywhere.',
    does: 'Start the pilot',
    doing: 'Starting…',
    done: 'The pilot has started.',
    kind: 'primary',
    reason: 'welcome',
    hasEffect: true,
  },
  validate: {
    opens: 'Validate',
    heading: 'Validate this course?',
    says: 'It then counts at every trust of the collaborative, for shifts from the day you set.',
    does: 'Validate',
    doing: 'Validating…',
    done: 'The course is validated. It counts at every trust.',
    kind: 'primary',
    reason: 'welcome',
    hasEffect: true,
  },
  return: {
    opens: 'Send it back',
    heading: 'Send it back a step?',
    says: 'The signatures of this round no longer count. The trust that teaches the course goes on from there.',
    does: 'Send it back',
    doing: 'Sending back…',
    done: 'It was sent back.',
    kind: 'secondary',
    reason: 'due',
    hasEffect: true,
  },
  withdraw: {
    opens: 'Withdraw',
    heading: 'Withdraw this course?',
    says: 'It stops counting at other trusts at once. Bookings that rest on it must be looked at again, and the people concerned hear within a second.',
    does: 'Withdraw',
    doing: 'Withdrawing…',
    done: 'The course is withdrawn.',
    kind: 'warning',
    reason: 'due',
    hasEffect: true,
  },
};

/** The act most wanted first: it is the page's one green button. */
const inOrder: AlignmentStep[] = ['answer', 'sign', 'validate', 'stress-test', 'submit', 'propose', 'object', 'return', 'withdraw'];

/** What may be done now, in the order of its buttons, and what not and why: steps that one sentence rules out stand together. */
export function stepsOf({ steps, turn }: AlignmentDetail) {
  const known = new Map(steps.map((one) => [one.step, one]));
  const may = inOrder.filter((step) => known.get(step)?.may);
  const mayNot = Map.groupBy(
    inOrder.filter((step) => known.get(step)?.may === false),
    // Each ends by saying whose turn it is, which stands above them all already.
    (step) => (known.get(step)!.because ?? '').replace(` ${turn.sentence}.`, ''),
  );
  return { may, mayNot: [...mayNot].map(([because, ruledOut]) => ({ because, steps: ruledOut })), first: may[0] ?? null };
}
