import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alignmentStates, alignmentSteps } from './facts.ts';
import type { AlignmentState, AlignmentStep, LeadFact, LifecycleFact, StanceFact } from './facts.ts';
import { legalSteps, signingTrustOf, standsOf, stateAfterStep, stepsFor, turnOf, whyNot } from './lifecycle-rules.ts';

const names = new Map([
  ['RGD', 'Leeds and York Partnership NHS Foundation Trust'],
  ['TAD', 'Bradford District Care'],
  ['RXG', 'South West Yorkshire Partnership'],
]);
const members = ['RGD', 'TAD', 'RXG'];
const signed = (trust: string, accountId: string | null = `lead-${trust}`): StanceFact => ({
  trust,
  stance: 'signed',
  answered: false,
  accountId,
});
const objected = (trust: string, answered = false): StanceFact => ({ trust, stance: 'objected', answered, accountId: `lead-${trust}` });
const all = members.map((trust) => signed(trust));

const anAlignment = (state: AlignmentState | null, ...stances: StanceFact[]): LifecycleFact => ({
  state,
  courseTrust: 'RGD',
  members,
  stances,
});
const lead = (...leads: string[]): LeadFact => ({ leads, signsFor: leads });
const may = (state: AlignmentState | null, stances: StanceFact[], who: LeadFact) =>
  alignmentSteps.filter((step) => whyNot(step, anAlignment(state, ...stances), who, names) === null);

describe('what a lead may do', () => {
  test.each<[AlignmentState | null, StanceFact[], string, AlignmentStep[]]>([
    [null, [], 'RGD', ['propose']],
    [null, [], 'TAD', []],
    ['draft', [], 'RGD', ['submit', 'withdraw']],
    ['draft', [], 'TAD', []],
    ['draft', all, 'RGD', ['submit', 'withdraw']],
    ['in-review', [], 'RGD', ['sign', 'object', 'return', 'withdraw']],
    ['in-review', [], 'TAD', ['sign', 'object', 'return']],
    ['in-review', [signed('TAD')], 'TAD', ['return']],
    ['in-review', [objected('TAD')], 'TAD', ['return']],
    ['in-review', [objected('TAD')], 'RXG', ['sign', 'object', 'return']],
    ['in-review', [objected('TAD')], 'RGD', ['sign', 'object', 'answer', 'return', 'withdraw']],
    ['in-review', [objected('TAD', true)], 'TAD', ['sign', 'object', 'return']],
    ['in-review', [objected('TAD', true)], 'RGD', ['sign', 'object', 'return', 'withdraw']],
    ['in-review', all, 'RGD', ['stress-test', 'return', 'withdraw']],
    ['in-review', all, 'TAD', ['return']],
    ['in-review', [signed('RGD'), signed('RXG'), objected('TAD', true)], 'RGD', ['return', 'withdraw']],
    ['in-review', [objected('TAD', true), ...all], 'RGD', ['stress-test', 'return', 'withdraw']],
    ['stress-testing', [], 'RXG', ['sign', 'object', 'return', 'withdraw']],
    ['stress-testing', all.slice(1), 'RXG', ['return', 'withdraw']],
    ['stress-testing', all, 'RXG', ['validate', 'return', 'withdraw']],
    ['stress-testing', all, 'RGD', ['validate', 'return', 'withdraw']],
    ['validated', all, 'RXG', ['withdraw']],
    ['validated', all, 'RGD', ['withdraw']],
    ['withdrawn', [], 'RGD', ['propose']],
    ['withdrawn', [], 'TAD', []],
    ['stress-testing', all, 'RY6', []],
  ])('%s, %j: a lead of %s', (state, stances, trust, steps) => expect(may(state, stances, lead(trust))).toEqual(steps));

  test('nobody validates alone: not one account for every trust, nor a collaborative of one', () => {
    const one = members.map((trust) => signed(trust, 'sam'));
    expect(whyNot('validate', anAlignment('stress-testing', ...one), lead('TAD'), names)).toMatchObject({ code: 'alone' });
    expect(turnOf(anAlignment('stress-testing', ...one), names).trusts).toEqual([]);
    expect(may('stress-testing', [...one.slice(1), signed('RGD', 'kim')], lead('TAD'))).toContain('validate');
    // Signed before the program knew accounts: nobody can say it was one.
    expect(
      may(
        'stress-testing',
        members.map((trust) => signed(trust, null)),
        lead('TAD'),
      ),
    ).toContain('validate');
    const two = { ...anAlignment('stress-testing', signed('RGD', 'kim'), signed('TAD', 'sam')), members: ['RGD', 'TAD'] };
    expect(legalSteps(two)).toContain('validate');
    const single = { ...anAlignment('stress-testing', signed('RGD', null)), members: ['RGD'] };
    expect(whyNot('validate', single, lead('RGD'), names)).toMatchObject({ code: 'alone' });
    for (const state of ['in-review', 'stress-testing'] as const) {
      expect(legalSteps({ ...anAlignment(state), members: [] })).toEqual(['return', 'withdraw']);
    }
  });

  test('an alignment that only a trust outside the collaborative teaches can be sent back by it', () => {
    expect(whyNot('return', { ...anAlignment('in-review'), courseTrust: 'RY6' }, lead('RY6'), names)).toBeNull();
  });
});

describe('why not', () => {
  const why = (step: AlignmentStep, state: AlignmentState | null, stances: StanceFact[], who: LeadFact) =>
    whyNot(step, anAlignment(state, ...stances), who, names);

  test.each<[AlignmentStep, AlignmentState | null, StanceFact[], LeadFact, string, string]>([
    [
      'validate',
      'in-review',
      [],
      lead('TAD'),
      'not-legal-now',
      'It is in review, so a lead may sign it, object to it, send it back or withdraw it. Leeds and York Partnership, Bradford District Care and South West Yorkshire Partnership to sign.',
    ],
    ['sign', null, [], lead('TAD'), 'not-legal-now', 'It has not been proposed, so a lead may propose it. Nobody has proposed it yet.'],
    [
      'sign',
      'in-review',
      [signed('TAD')],
      lead('TAD'),
      'already-signed',
      'Bradford District Care has signed in this round; to stop it, send it back. Leeds and York Partnership and South West Yorkshire Partnership to sign.',
    ],
    [
      'sign',
      'in-review',
      [objected('TAD'), signed('RXG')],
      lead('TAD'),
      'objection-open',
      'The objection of Bradford District Care has to be answered first. Leeds and York Partnership to answer the objection of Bradford District Care; Leeds and York Partnership to sign.',
    ],
    [
      'object',
      'stress-testing',
      [],
      { leads: ['TAD'], signsFor: [] },
      'no-delegation',
      'The responsible person of Bradford District Care has not let you sign as of today. Leeds and York Partnership, Bradford District Care and South West Yorkshire Partnership to sign.',
    ],
    [
      'stress-test',
      'in-review',
      [signed('RGD'), signed('RXG')],
      lead('RGD'),
      'not-legal-now',
      'Every trust has to sign before anyone may start stress testing. Bradford District Care to sign.',
    ],
    [
      'answer',
      'in-review',
      all,
      lead('RGD'),
      'not-legal-now',
      'No objection waits for an answer. All have signed: Leeds and York Partnership to start stress testing.',
    ],
    [
      'submit',
      'draft',
      [],
      lead('TAD'),
      'not-yours',
      'Only the training lead of Leeds and York Partnership may send it for review. Leeds and York Partnership to send it for review.',
    ],
    [
      'withdraw',
      'validated',
      [],
      lead('RY6'),
      'not-yours',
      'Only a training lead of a trust that shares by it may withdraw it. Validated: nobody has to do anything.',
    ],
  ])('%s, %s: %#', (step, state, stances, who, code, sentence) => expect(why(step, state, stances, who)).toMatchObject({ code, sentence }));

  test('says what would be legal for somebody', () => {
    expect(why('validate', 'in-review', [objected('TAD')], lead('TAD'))?.legal).toEqual(['sign', 'object', 'answer', 'return', 'withdraw']);
  });
  test('is told for each step that may not be taken, and for no other', () => {
    const steps = stepsFor(anAlignment('draft'), lead('RGD'), names);
    expect(steps.filter((one) => one.may).map((one) => one.step)).toEqual(['submit', 'withdraw']);
    for (const one of steps) expect(one.because === null).toBe(one.may);
  });
  test('a lead of two trusts signs for the one that is due, and only where delegated', () => {
    const both = { leads: ['TAD', 'RXG'], signsFor: ['RXG'] };
    expect(signingTrustOf(anAlignment('in-review'), both)).toBe('RXG');
    expect(signingTrustOf(anAlignment('in-review', signed('RXG')), both)).toBeNull();
    expect(why('sign', 'in-review', [signed('RXG')], both)?.code).toBe('no-delegation');
    expect(signingTrustOf(anAlignment('in-review'), { leads: ['TAD'], signsFor: ['TAD', 'RXG'] })).toBe('TAD');
  });
});

describe('whose turn it is', () => {
  test.each<[AlignmentState | null, StanceFact[], string[], string]>([
    ['draft', [], ['RGD'], 'Leeds and York Partnership to send it for review'],
    ['in-review', [signed('RGD'), signed('RXG')], ['TAD'], 'Bradford District Care to sign'],
    [
      'in-review',
      [signed('RGD'), objected('RXG'), objected('TAD')],
      ['RGD'],
      'Leeds and York Partnership to answer the objections of Bradford District Care and South West Yorkshire Partnership',
    ],
    [
      'stress-testing',
      all,
      members,
      'All have signed: Leeds and York Partnership, Bradford District Care or South West Yorkshire Partnership may validate',
    ],
    ['validated', [], [], 'Validated: nobody has to do anything'],
    ['withdrawn', [], [], 'Withdrawn: nobody has to do anything'],
  ])('%s %#', (state, stances, trusts, sentence) => expect(turnOf(anAlignment(state, ...stances), names)).toEqual({ trusts, sentence }));

  test('a trust stands by its latest word', () => {
    const stands = standsOf([objected('TAD', true), signed('RGD'), signed('TAD')], members);
    expect(stands.map(({ trust, latest }) => [trust, latest?.stance ?? null])).toEqual([
      ['RGD', 'signed'],
      ['TAD', 'signed'],
      ['RXG', null],
    ]);
  });
});

describe('a whole life', () => {
  const actors = fc.record({
    leads: fc.subarray([...members, 'RY6'], { maxLength: 2 }),
    signsFor: fc.subarray(members, { minLength: 2 }),
    accountId: fc.constantFrom('sam', 'kim', 'ali'),
  });
  // Stopping it is rarer than going on, or no life would get far.
  const steps = alignmentSteps.flatMap((step) =>
    Array<AlignmentStep>(step === 'sign' ? 12 : step === 'return' || step === 'withdraw' ? 1 : 4).fill(step),
  );
  const acts = fc.array(fc.tuple(fc.constantFrom(...steps), actors), { minLength: 80, maxLength: 160, size: 'max' });

  /** Takes each step that is allowed, as a command would: a state that changes opens a new round. */
  function live(tried: readonly (readonly [AlignmentStep, LeadFact & { accountId: string }])[]) {
    const rounds: { state: AlignmentState | null; stances: StanceFact[] }[] = [{ state: null, stances: [] }];
    for (const [step, who] of tried) {
      const round = rounds.at(-1)!;
      const alignment = anAlignment(round.state, ...round.stances);
      if (whyNot(step, alignment, who, names) !== null) continue;
      const trust = signingTrustOf(alignment, who);
      if (step === 'sign') round.stances.push(signed(trust!, who.accountId));
      else if (step === 'object') round.stances.push(objected(trust!));
      else if (step === 'answer') round.stances = round.stances.map((stance) => ({ ...stance, answered: stance.stance === 'objected' }));
      else rounds.push({ state: stateAfterStep(step, round.state), stances: [] });
    }
    return rounds;
  }

  test('whatever is tried: it is validated only by everyone twice, no trust signs twice a round, and states follow the lifecycle', () => {
    const follows: Record<string, AlignmentState[]> = {
      null: ['draft'],
      draft: ['in-review', 'withdrawn'],
      'in-review': ['stress-testing', 'draft', 'withdrawn'],
      'stress-testing': ['validated', 'in-review', 'withdrawn'],
      validated: ['withdrawn'],
      withdrawn: ['draft'],
    };
    const reached = new Set<AlignmentState | null>();
    const isWhole = ({ stances }: { stances: StanceFact[] }) =>
      members.every((trust) => stances.filter((stance) => stance.trust === trust).at(-1)?.stance === 'signed') &&
      stances.every((stance) => stance.stance === 'signed' || stance.answered);
    fc.assert(
      fc.property(fc.noBias(acts), (tried) => {
        const rounds = live(tried);
        rounds.forEach(({ state, stances }, index) => {
          reached.add(state);
          for (const trust of members) {
            expect(stances.filter((one) => one.trust === trust && one.stance === 'signed').length).toBeLessThan(2);
          }
          const before = rounds[index - 1];
          if (!before) return;
          expect(follows[String(before.state)]).toContain(state);
          const movedOn = state === 'validated' || (state === 'stress-testing' && before.state === 'in-review');
          if (movedOn) expect(isWhole(before)).toBe(true);
          if (state === 'validated') expect(new Set(before.stances.map((one) => one.accountId)).size).toBeGreaterThan(1);
        });
      }),
      { numRuns: 100, seed: 20261122 },
    );
    expect([...reached].sort()).toEqual([...alignmentStates, null].sort());
  });

  test('whatever the round: a step is legal where some lead may take it, and nowhere else', () => {
    const stance = fc.record({
      trust: fc.constantFrom(...members),
      stance: fc.constantFrom('signed' as const, 'objected' as const),
      answered: fc.boolean(),
      accountId: fc.constantFrom(null, 'sam', 'kim'),
    });
    const someone = lead(...members);
    fc.assert(
      fc.property(fc.constantFrom(null, ...alignmentStates), fc.array(stance, { maxLength: 6 }), (state, stances) => {
        const alignment = anAlignment(state, ...stances);
        expect(legalSteps(alignment)).toEqual(alignmentSteps.filter((step) => whyNot(step, alignment, someone, names) === null));
        // Whoever's turn it is can do something that isn't stopping it.
        for (const trust of turnOf(alignment, names).trusts) {
          expect(may(state, stances, lead(trust)).some((step) => step !== 'return' && step !== 'withdraw')).toBe(true);
        }
      }),
    );
  });
});
