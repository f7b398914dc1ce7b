import { addDays, daysBetween, isRealDay, type LocalDay } from '../kernel/local-time.ts';

/** What a text holds that says who somebody is. */
export type Identity = 'nhs-number' | 'date-of-birth' | 'postcode' | 'e-mail';

/** How long ago a full date may lie and still be about the placement rather than the person (rules-beds, section 2). */
const recentDays = 30;

/**
 * Does a text hold what says who somebody is, and what? No identity is kept in this program, so whoever saves words refuses these and says
 * which (rules-beds, section 2): a valid NHS number (ten digits, modulus 11, spaced or not, no part of a longer run); a date of birth (a full
 * date more than 30 days before `today`, or any full date after "born", "DOB" or "date of birth"); a full UK postcode; an e-mail address.
 * Full-width digits, digits of other scripts, invisible characters and odd spaces or dashes are read as what they look like.
 * A number with a wrong check digit, a day that the calendar doesn't have and the first half of a postcode are let be, as are our references.
 * @param text what somebody typed, a few hundred characters at most: bounded before it comes here
 * @param today the local day it is typed on
 * @returns the first found in that order, or null
 */
export function identityIn(text: string, today: LocalDay): Identity | null {
  const plain = plainOf(text);
  if (hasNhsNumber(plain)) return 'nhs-number';
  if (hasDateOfBirth(plain, today)) return 'date-of-birth';
  if (hasPostcode(plain)) return 'postcode';
  if (hasEmail(plain)) return 'e-mail';
  return null;
}

/** One way to write what can be written in many: ASCII digits, plain hyphens, single spaces, nothing invisible, our references left out. */
function plainOf(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\p{Cf}\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\ufe00-\ufe0f]/gu, '')
    .replace(/[\p{Pd}\u2212]/gu, '-')
    .replace(/[\u2215\u2044\u29f8]/g, '/')
    .replace(/[\u2018\u2019\u02bc`]/g, "'")
    .replace(/(?![0-9])\p{Nd}/gu, (digit) => String(valueOf(digit)))
    .replace(/\bHW-[2-9A-HJKMNP-TV-Z]{5}(?![A-Za-z0-9])/g, ' § ')
    .replace(/\s+/g, ' ');
}

/** Digits of every script stand in runs of ten from their zero. */
function valueOf(digit: string): number {
  const point = digit.codePointAt(0)!;
  let before = 0;
  while (before < 19 && /\p{Nd}/u.test(String.fromCodePoint(point - before - 1))) before += 1;
  return before % 10;
}

/** Ten digits whose last is the modulus-11 check of the nine before it. A check of 10 is no digit, and so belongs to no number. */
function isNhsNumber(digits: string): boolean {
  if (!/^\d{10}$/.test(digits)) return false;
  const sum = [...digits.slice(0, 9)].reduce((total, digit, at) => total + Number(digit) * (10 - at), 0);
  const check = 11 - (sum % 11);
  return check % 11 === Number(digits[9]);
}

/**
 * Ten digits however they are spaced where they stand alone, and ten together or as 3-3-4 also among other numbers ("bed 5 943 476 5919").
 * The hours of a date and time are no part of it, nor is a telephone number with its country.
 */
function hasNhsNumber(plain: string): boolean {
  const text = plain.replace(/[()[\]{}]/g, ' ').replace(/ +/g, ' ');
  for (const [run] of text.matchAll(/(?<!\d)\+?\d+(?:(?: -? ?|- ?)\d+)*(?!\d)(?![:.]\d)/g)) {
    if (!hasCountry(run) && isNhsNumber(run.replace(/\D/g, ''))) return true;
  }
  for (const [run] of text.matchAll(/\+?\d+(?:(?: [-./_,:]? ?|[-./_,:] ?)\d+)*/g)) {
    const groups = run.match(/\d+/g)!;
    for (let at = hasCountry(run) ? 2 : 0; at < groups.length; at += 1) {
      if (isNhsNumber(groups[at]!)) return true;
      const three = groups.slice(at, at + 3);
      if (three.map((group) => group.length).join() === '3,3,4' && isNhsNumber(three.join(''))) return true;
    }
  }
  return false;
}

/** "+44 943 476 5919": the groups after a country's code are a telephone number. */
const hasCountry = (run: string) => /^\+\d{1,3}\D/.test(run);

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const monthWord =
  '(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';
const gap = '[ .,/-]{0,3}';
const birthWords = /\b(?:born|d ?\. ?o ?\. ?b\b|d ?o ?b\b|dob(?=\d)|d ?\/ ?o ?\/ ?b\b|dates? of births?|birth ?dates?|birthdays?)/i;

/** Each way to write a full date: what to look for, and which part is the day, the month and the year. */
const dateShapes: readonly { pattern: RegExp; order: readonly [day: number, month: number, year: number]; onlyAfterBirth?: true }[] = [
  { pattern: /(?<!\d)(\d{1,2}) ?[-/.] ?(\d{1,2}) ?[-/.] ?(\d{4})(?!\d)/g, order: [1, 2, 3] },
  { pattern: /(?<!\d)(\d{1,2}) (\d{1,2}) (\d{4})(?!\d)/g, order: [1, 2, 3] },
  { pattern: /(?<![\d][-/.]|\d)(\d{1,2}) ?[-/.] ?(\d{1,2}) ?[-/.] ?'?(\d{2})(?![-/.:]?\d)/g, order: [1, 2, 3] },
  { pattern: /(?<!\d)(\d{4})(?: ?[-/.] ?| )(\d{1,2})(?: ?[-/.] ?| )(\d{1,2})(?!\d)/g, order: [3, 2, 1] },
  { pattern: /(?<!\d)(\d{2})(\d{2})(\d{4})(?!\d)/g, order: [1, 2, 3] },
  { pattern: /(?<!\d)(\d{4})(\d{2})(\d{2})(?!\d)/g, order: [3, 2, 1] },
  { pattern: /(?<!\d)(\d{2})(\d{2})(\d{2})(?!\d)/g, order: [1, 2, 3], onlyAfterBirth: true },
  { pattern: /(?<!\d)(\d{1,2}) (\d{1,2}) (\d{2})(?!\d)/g, order: [1, 2, 3], onlyAfterBirth: true },
  {
    pattern: new RegExp(`(?<!\\d)(\\d{1,2})(?:st|nd|rd|th)?${gap}(?:day )?(?:of )?${monthWord}${gap}(\\d{4})(?!\\d)`, 'gi'),
    order: [1, 2, 3],
  },
  {
    // "4 March 10:30" is a time.
    pattern: new RegExp(
      `(?<!\\d)(\\d{1,2})(?:st|nd|rd|th)?${gap}(?:day )?(?:of )?${monthWord}${gap}'?(\\d{2})(?![:.]?\\d| ?[ap]\\.?m\\b)`,
      'gi',
    ),
    order: [1, 2, 3],
  },
  { pattern: new RegExp(`(?<![a-z])${monthWord}${gap}(\\d{1,2})(?:st|nd|rd|th)?${gap}(?<!\\d)(\\d{4})(?!\\d)`, 'gi'), order: [2, 1, 3] },
  {
    pattern: new RegExp(`(?<![a-z])${monthWord}${gap}(\\d{1,2})(?:st|nd|rd|th)?(?:, ?'?| ')(\\d{2})(?![:.]?\\d| ?[ap]\\.?m\\b)`, 'gi'),
    order: [2, 1, 3],
  },
  {
    pattern: new RegExp(`(?<!\\d)(\\d{4})${gap}${monthWord}${gap}(\\d{1,2})(?:st|nd|rd|th)?(?!\\d)`, 'gi'),
    order: [3, 2, 1],
  },
];

function hasDateOfBirth(plain: string, today: LocalDay): boolean {
  const born = birthWords.exec(plain);
  const afterBirth = born ? born.index + born[0].length : Infinity;
  return dateShapes.some(({ pattern, order, onlyAfterBirth }) =>
    [...plain.matchAll(pattern)].some((found) => {
      const isAfterBirth = found.index + found[0].length > afterBirth;
      if (onlyAfterBirth && !isAfterBirth) return false;
      const [day, month, year] = order.map((part) => found[part]!) as [string, string, string];
      return daysMeant(day, month, year, today).some((meant) => isAfterBirth || daysBetween(meant, today) > recentDays);
    }),
  );
}

/** The day of the calendar that is meant, if it is one; written the American way where it can only be that. */
function daysMeant(day: string, month: string, year: string, today: LocalDay): LocalDay[] {
  const named = monthNames.indexOf(month.slice(0, 3).toLowerCase()) + 1;
  const dated = (monthNumber: number, dayNumber: number) => {
    const rest = `${String(monthNumber).padStart(2, '0')}-${String(dayNumber).padStart(2, '0')}`;
    if (year.length === 4) return `${year}-${rest}`;
    // Two digits of a year may be those of a plan for this year or the next; else they lie behind.
    const near = Number(addDays(today, 365).slice(0, 4));
    const century = Number(year) <= near % 100 ? Math.floor(near / 100) : Math.floor(near / 100) - 1;
    return `${century}${year}-${rest}`;
  };
  const written = [dated(named || Number(month), Number(day))];
  if (named === 0 && Number(month) > 12 && year.length === 4) written.push(dated(Number(day), Number(month)));
  return written.filter((each) => isRealDay(each) && each >= '1900' && each < '2100');
}

// The 124 postcode areas there are, by their letters: most pairs of letters are none, and what isn't one is some other code.
const areas = new Set(
  (
    'AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G GL GU GY HA HD HG HP HR ' +
    'HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK ' +
    'SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE'
  ).split(' '),
);

/** Outward and inward half, with a space or hyphen between or not. The inward letters leave out those that are never used there. */
function hasPostcode(plain: string): boolean {
  const pattern = /(?<![a-z0-9])(([a-z]{1,2})(?:[1-9]\d?|0|[1-9][a-hjkmnp-y]))( ?-? ?)(\d[abd-hjlnp-uw-z]{2})(?![a-z0-9])/gi;
  for (const [, outward, area, between, inward] of plain.matchAll(pattern)) {
    if (!areas.has(area!.toUpperCase())) continue;
    // "W4 5th floor" is a place in a building; "w4 5th" and "W4 5TH" are postcodes.
    const isOrdinal = /^(1st|2nd|3rd|\dth)$/.test(inward!) && between !== '' && outward === outward!.toUpperCase();
    if (!isOrdinal) return true;
  }
  return false;
}

/** An address with a domain that ends in letters, and one spaced out before a usual ending. */
function hasEmail(plain: string): boolean {
  return (
    /[^\s@,;:<>()]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24}(?![\p{L}\p{N}])/u.test(plain) ||
    /[\p{L}\p{N}._%+'-]{1,64} ?(?:@|\[at\]|\(at\)) ?(?:[\p{L}\p{N}-]{1,63}\.){1,8}(?:net|com|org|uk|eu|ie|info|io)(?![\p{L}\p{N}])/iu.test(
      plain,
    )
  );
}
