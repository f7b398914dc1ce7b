import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays, isRealDay } from '../kernel/local-time.ts';
import { identityIn, type Identity } from './identity-rules.ts';

const today = '2026-11-20';

describe('what says who somebody is, and what only looks like it', () => {
  test.each<[string, Identity | null]>([
    // NHS numbers: 9434765919 has the right check digit, 9434765918 hasn't.
    ['9434765919', 'nhs-number'],
    ['943 476 5919', 'nhs-number'],
    ['943-476-5919', 'nhs-number'],
    ['943 - 476 - 5919', 'nhs-number'],
    ['943.476.5919', 'nhs-number'],
    ['943 476-5919', 'nhs-number'],
    ['(943) 476 5919', 'nhs-number'],
    ['94 34 76 59 19', 'nhs-number'],
    ['9 4 3 4 7 6 5 9 1 9', 'nhs-number'],
    ['9434-765919', 'nhs-number'],
    ['NHS no. 9434765919, from Leeds', 'nhs-number'],
    ['NHS9434765919', 'nhs-number'],
    ['bed 5 943 476 5919', 'nhs-number'],
    ['bed 5, 943 476 5919, from 10 to 12', 'nhs-number'],
    ['bed 5 94 347 65919', null],
    ['+9 434 765 919', null],
    ['seen at 14 9434765919 2 nurses', 'nhs-number'],
    ['she is 943\n476\n5919', 'nhs-number'],
    ['９４３ ４７６ ５９１９', 'nhs-number'],
    ['943\u00a0476\u20095919', 'nhs-number'],
    ['943\u200b4765\u2060919', 'nhs-number'],
    ['943\u2011476\u20135919', 'nhs-number'],
    ['٩٤٣٤٧٦٥٩١٩', 'nhs-number'],
    ['٩٤٣٤٧٦٥٩١٨', null],
    ['९४३ ४७६ ५९१९', 'nhs-number'],
    ['943 476 5918', null],
    ['9434765918', null],
    ['94347659190', null],
    ['19434765919', null],
    ['1 943 476 59191', null],
    ['943 476 591', null],
    // Nine digits whose check would be 10 belong to no number, whatever comes tenth.
    ['1000000100', null],
    ['1000000101', null],
    ['call 0113 305 5000', null],
    ['call +44 943 476 5919', null],
    ['call +44 9434765919', null],
    ['call +44 113, 943 476 5919', 'nhs-number'],
    ['call +44 113 943 476 5919', 'nhs-number'],
    ['from 2001-01-02 14:30', 'date-of-birth'],
    ['on 28-11-2026 10:30 and 11:30', null],
    ['our reference HW-23459, then 43', null],
    // Dates of birth
    ['04/03/1986', 'date-of-birth'],
    ['4/3/1986', 'date-of-birth'],
    ['04-03-1986', 'date-of-birth'],
    ['4.3.86', 'date-of-birth'],
    ['4/3/86', 'date-of-birth'],
    ["4/3/'86", 'date-of-birth'],
    ['4 / 3 / 1986', 'date-of-birth'],
    ['04 03 1986', 'date-of-birth'],
    ['1986-03-04', 'date-of-birth'],
    ['1986/3/4', 'date-of-birth'],
    ['1986-03-04T00:00:00Z', 'date-of-birth'],
    ['04031986', 'date-of-birth'],
    ['19860304', 'date-of-birth'],
    ['03/25/1986', 'date-of-birth'],
    ['12/13/1986', 'date-of-birth'],
    ['12/13/86', null],
    ['4 March 1986', 'date-of-birth'],
    ['4th March 1986', 'date-of-birth'],
    ['the 4th of March, 1986', 'date-of-birth'],
    ['4th day of March 1986', 'date-of-birth'],
    ['4 Mar 86', 'date-of-birth'],
    ["4 Mar '86", 'date-of-birth'],
    ['4-Mar-1986', 'date-of-birth'],
    ['04MAR1986', 'date-of-birth'],
    ['March 4th, 1986', 'date-of-birth'],
    ['March 4 1986', 'date-of-birth'],
    ["Sept. 4, '86", 'date-of-birth'],
    ['March 4, 86', 'date-of-birth'],
    ['1986 March 4', 'date-of-birth'],
    ['known since 20 Oct 2026', 'date-of-birth'],
    ['known since 21 Oct 2026', null],
    ['stays 1-2/3/1986', 'date-of-birth'],
    ['29/02/1988', 'date-of-birth'],
    ['29/02/1987', null],
    ['31/04/1986', null],
    ['32/01/1986', null],
    ['13/13/1986', null],
    ['0/3/1986', null],
    ['31 June 1986', null],
    ['assessed 18/11/2026', null],
    ['review on 28 November 2026', null],
    ['review on 28/11/26', null],
    ['review by 4.1.27', null],
    ['review by 4.1.28', 'date-of-birth'],
    ['review on 4 March 10:30', null],
    ['review on 4 March 14.00', null],
    ['review on 4 March 10am', null],
    ['review on March 4, 10:30', null],
    ['March 1986', null],
    ['in 1986', null],
    ['4 March', null],
    ['aged 40, 3 of 4 nights', null],
    ['version 1.2.3', null],
    ['ratio 1/2/3', null],
    ['04/03/1686', null],
    ['born 18/11/2026', 'date-of-birth'],
    ['born 04.03.86', 'date-of-birth'],
    ['born on the 18th of November 2026', 'date-of-birth'],
    ['DOB 040386', 'date-of-birth'],
    ['DOB040386', 'date-of-birth'],
    ['dob: 18-11-26', 'date-of-birth'],
    ['D.O.B. 18/11/2026', 'date-of-birth'],
    ['D. O. B. 4 3 86', 'date-of-birth'],
    ['Date of birth: 1 December 2026', 'date-of-birth'],
    ['birthday 18/11/2026', 'date-of-birth'],
    ['born in Leeds; moves on 28/11/2026', 'date-of-birth'],
    ['moves on 28/11/2026; born in Leeds', null],
    ['newborn, moves on 28/11/2026', null],
    ['DOB 310286', null],
    ['born in March 1986', null],
    ['ward 040386', null],
    // Postcodes
    ['LS9 7BE', 'postcode'],
    ['ls9 7be', 'postcode'],
    ['LS97BE', 'postcode'],
    ['ls97be', 'postcode'],
    ['LS9-7BE', 'postcode'],
    ['LS9\u00a07BE', 'postcode'],
    ['ＬＳ９ ７ＢＥ', 'postcode'],
    ['lives at HD1 3QA, alone', 'postcode'],
    ['M1 1AE', 'postcode'],
    ['B33 8TH', 'postcode'],
    ['CR2 6XH', 'postcode'],
    ['DN55 1PT', 'postcode'],
    ['W1A 0AX', 'postcode'],
    ['EC1A 1BB', 'postcode'],
    ['EC4V 4AB', 'postcode'],
    ['W1I 4AB', null],
    ['s10 5th', 'postcode'],
    ['S10 5TH', 'postcode'],
    ['BD0 1AA', 'postcode'],
    ['LS9', null],
    ['from LS9 or BD18', null],
    ['LS9 7', null],
    ['Ward 5 1AB', null],
    ['QX1 1AA', null],
    ['LS9 7CK', null],
    ['XLS9 7BE', null],
    ['LS9 7BEX', null],
    ['LS099 7BE', null],
    ['W4 5th floor', null],
    ['E3 2nd and B1 1st', null],
    ['from S2 at 2pm to E1 6am', null],
    ['continues HW-B22AB', null],
    ['continues HW-B12AB', 'postcode'],
    ['continues HW-B22ABC or B2 2AB', 'postcode'],
    ['HW-7F3K9', null],
    // E-mail
    ['sam.cole@nhs.net', 'e-mail'],
    ['Sam.O’Neill+beds@leedsandyork.nhs.uk', 'e-mail'],
    ['write to <sam@example.org>.', 'e-mail'],
    ['sam＠example．org', 'e-mail'],
    ['sam @ nhs.net', 'e-mail'],
    ['sam [at] nhs.net', 'e-mail'],
    ['søren@bücher.example', 'e-mail'],
    ['meet @ 5.30pm', null],
    ['3 nurses @ night', null],
    ['@ward5', null],
    ['sam at home', null],
    ['', null],
    ['Prefers to be near her mother in Leeds; needs step-free access, en suite, 1:1 for 2 nights.', null],
  ])('%s → %s', (text, expected) => {
    expect(identityIn(text, today)).toBe(expected);
  });
});

/** The check digit as the data dictionary tells it: weights 10 to 2, 11 less the remainder, 11 is 0; 10 makes no number. */
const checked = (nine: readonly number[]): string | null => {
  const weighed = nine.map((digit, at) => digit * (10 - at)).reduce((a, b) => a + b, 0);
  const check = { 11: 0 }[11 - (weighed % 11)] ?? 11 - (weighed % 11);
  return check === 10 ? null : nine.join('') + String(check);
};
const numbers = fc
  .array(fc.nat(9), { minLength: 9, maxLength: 9 })
  .map(checked)
  .filter((number) => number !== null);
/** Groups cut anywhere, one separator between each two. */
const spaced = fc
  .tuple(numbers, fc.subarray([1, 2, 3, 4, 5, 6, 7, 8, 9]), fc.constantFrom(' ', '-', '\u00a0', '–'))
  .map(([number, cuts, between]) => [...number].map((digit, at) => (cuts.includes(at) ? between + digit : digit)).join(''));
const digits = '0123456789';
const words = fc.constantFrom('', 'NHS number ', 'she is (', 'no: ', 'x', 'bed five, ');

describe('any NHS number', { timeout: 60_000 }, () => {
  test('is found however it is spaced and whatever words stand around it', () => {
    fc.assert(
      fc.property(words, spaced, fc.constantFrom('', '.', ' from Leeds', ')', 'x'), (before, number, after) => {
        expect(identityIn(before + number + after, today)).toBe('nhs-number');
      }),
      { numRuns: 1000 },
    );
  });

  test('is none with another check digit, nor in a longer run of digits', () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 9 }), fc.constantFrom(...digits), (number, off, more) => {
        const wrong = number.slice(0, 9) + String((Number(number[9]) + off) % 10);
        for (const text of [wrong, `${wrong.slice(0, 3)} ${wrong.slice(3, 6)} ${wrong.slice(6)}`, `${number}${more}`, `${more}${number}`]) {
          expect(identityIn(text, today)).not.toBe('nhs-number');
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('any day', { timeout: 60_000 }, () => {
  const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
  const written = (day: string): string[] => {
    const [year, month, dayOfMonth] = day.split('-') as [string, string, string];
    const name = months[Number(month) - 1]!;
    return [
      `${dayOfMonth}/${month}/${year}`,
      `${Number(dayOfMonth)}-${Number(month)}-${year}`,
      `${year}-${month}-${dayOfMonth}`,
      `${Number(dayOfMonth)} ${name} ${year}`,
      `${name} ${Number(dayOfMonth)}th, ${year}`,
      `${dayOfMonth}-${name.slice(0, 3)}-${year}`,
    ];
  };

  test('over 30 days past is refused, a later one is let be, and any is refused after "born"', () => {
    fc.assert(
      fc.property(fc.integer({ min: -36_000, max: 3_000 }), (away) => {
        const day = addDays(today, away);
        for (const text of written(day)) {
          expect([text, identityIn(`seen ${text}.`, today)]).toEqual([text, away < -30 ? 'date-of-birth' : null]);
          expect(identityIn(`born ${text}`, today)).toBe('date-of-birth');
        }
      }),
    );
  });

  test('of a year in two figures is of this century until next year, and of the one before beyond that', () => {
    expect(identityIn('seen 12/11/10', '2010-11-20')).toBeNull();
    expect(identityIn('seen 12/11/11', '2010-11-20')).toBeNull();
    expect(identityIn('seen 12/11/50', '2010-11-20')).toBe('date-of-birth');
    expect(identityIn('seen 12/11/27', '2025-12-31')).toBe('date-of-birth');
    expect(identityIn('seen 12/11/27', '2026-01-01')).toBeNull();
  });

  test('that can be a day of this December is not read as one of another month', () =>
    expect(identityIn('seen 05/12/2026', '2026-12-10')).toBeNull());

  test('of a year that nobody alive was born in, or will be soon, is none', () => {
    expect(identityIn('born 12/03/2099', today)).toBe('date-of-birth');
    expect(identityIn('born 12/03/2100', today)).toBeNull();
    expect(identityIn('born 12/03/1900', today)).toBe('date-of-birth');
    expect(identityIn('born 12/03/1899', today)).toBeNull();
  });

  test('that the calendar does not have is no date', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1900, max: 2099 }),
        fc.integer({ min: 13, max: 99 }),
        fc.integer({ min: 13, max: 99 }),
        (year, month, day) => {
          expect(identityIn(`born ${day}/${month}/${year}`, today)).toBeNull();
          const february = `${year}-02-${day}`;
          expect(identityIn(`born ${february}`, today)).toBe(isRealDay(february) ? 'date-of-birth' : null);
        },
      ),
    );
  });
});

// One that backtracks without end outlasts the test.
test('no text takes long, and none is too odd to read', () => {
  const hard = [
    '1 '.repeat(250),
    '1-'.repeat(250),
    'a'.repeat(500),
    '@'.repeat(500),
    'a.'.repeat(250),
    '\u{1d7ce}'.repeat(250),
    `${'a'.repeat(400)}@`,
    'LS9 '.repeat(125),
    '4 march '.repeat(60),
  ];
  expect(hard.map((text) => identityIn(text, today))).toEqual(hard.map(() => null));
  const odd = fc.array(fc.nat(0xffff), { maxLength: 200 }).map((units) => String.fromCharCode(...units));
  fc.assert(fc.property(odd, (text) => void identityIn(text, today)));
});
