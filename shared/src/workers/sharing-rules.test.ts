import { describe, expect, test } from 'vitest';
import { aGround, anAgreement, aWorker } from '../kernel/examples.ts';
import type { WorkerFacts } from './facts.ts';
import { fieldsSeenByHosts, sharedWithOf } from './sharing-rules.ts';

const today = '2026-10-20';
const shared = (trust: string, change: Partial<WorkerFacts> = {}, options = {}, ground = aGround()) =>
  sharedWithOf(aWorker(change), trust, ground, today, options);

test('the lists of what hosts are shown hold these and nothing more', () => {
  const firstWords = (fields: readonly string[]) => fields.map((field) => field.split(/[ ,:]/).slice(0, 3).join(' '));
  expect({ considered: firstWords(fieldsSeenByHosts.considered), booked: firstWords(fieldsSeenByHosts.booked) }).toMatchInlineSnapshot(`
    {
      "booked": [
        "name",
        "role and band",
        "home trust",
        "registration number",
        "time of the",
        "each training the",
      ],
      "considered": [
        "name",
        "staff number",
        "home trust",
        "role  band",
        "each check of",
        "hours  rest",
        "how far you",
        "whether you know",
        "how many shifts",
      ],
    }
  `);
});

describe('what a trust sees of a worker', () => {
  test('the home trust the whole passport, whatever was agreed', () => {
    expect(shared('RGD', { consentsToShare: false })).toEqual({
      sees: 'passport',
      because: 'Your own trust employs you.',
      fields: ['the whole passport'],
    });
  });
  test('another under agreement and with consent the fields of the list', () => {
    const found = shared('RXG');
    expect(found).toMatchObject({
      sees: 'passport',
      because:
        'You agreed to share your passport, and your trust and South West Yorkshire Partnership share nursing staff, until Wed 20 Oct 2027.',
    });
    expect(found.fields).toEqual([
      ...fieldsSeenByHosts.considered,
      ...fieldsSeenByHosts.booked.map((field) => `on a shift you asked for or took: ${field}`),
    ]);
  });
  test.each<[string, string, Partial<WorkerFacts>, ReturnType<typeof aGround>, string]>([
    ['without consent', 'RXG', { consentsToShare: false }, aGround(), 'You have not agreed to share your passport.'],
    [
      'without an agreement with that trust',
      'TAD',
      {},
      aGround(),
      'Your trust and Bradford District Care have no agreement to share nursing staff today.',
    ],
    [
      'with one for another staff group',
      'RXG',
      { staffGroup: 'therapies' },
      aGround(),
      'Your trust and South West Yorkshire Partnership have no agreement to share therapy staff today.',
    ],
    [
      'with one that is over',
      'RXG',
      {},
      aGround({ agreements: [anAgreement({ untilDay: '2026-10-19' })] }),
      'Your trust and South West Yorkshire Partnership have no agreement to share nursing staff today.',
    ],
    [
      'with one the other way',
      'RXG',
      {},
      aGround({ agreements: [anAgreement({ homeTrust: 'RXG', hostTrust: 'RGD' })] }),
      'Your trust and South West Yorkshire Partnership have no agreement to share nursing staff today.',
    ],
  ])('%s a number, and who is booked', (_, trust, change, ground, because) => {
    const found = shared(trust, change, {}, ground);
    expect(found).toMatchObject({ sees: 'number', because });
    expect(found.fields.slice(0, 2)).toEqual(['that there is one more person, in a number', 'on a shift you asked for or took: name']);
    for (const field of fieldsSeenByHosts.considered) expect(found.fields).not.toContain(field);
  });
  test('one without wards nothing', () => {
    expect(shared('RY6', {}, { hasWards: false })).toEqual({
      sees: 'nothing',
      because: 'Leeds Community Healthcare has no wards here.',
      fields: [],
    });
  });
});
