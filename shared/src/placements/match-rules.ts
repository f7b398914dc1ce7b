import type { Freshness, Outcome } from '../beds/facts.ts';
import { sayInstant } from '../kernel/local-time.ts';
import { distanceKm } from '../places/rules.ts';
import type { AgeBand, CriterionResult, Match, MatchGround, NeedFacts, Term, WardToMatch } from './facts.ts';

/** What a ward's own rules come to, best first: the order of the ranking, and from which the worst counts. */
const outcomeOrder: readonly Outcome[] = ['meets', 'ask', 'does-not-meet'];
const freshnessOrder: readonly Freshness[] = ['fresh', 'ageing', 'stale'];

const worst = (outcomes: readonly Outcome[]): Outcome =>
  outcomes.reduce((so, each) => (outcomeOrder.indexOf(each) > outcomeOrder.indexOf(so) ? each : so), 'meets');

/** MHSDS ward intended age groups: 10 child, 11 adolescent, 12 both, 13 adult, 14 older adult, 15 both, 99 any. */
const ageGroupsFor: Record<AgeBand, readonly string[]> = {
  child: ['10', '12', '99'],
  'young-person': ['11', '12', '99'],
  adult: ['13', '15', '99'],
  'older-adult': ['14', '15', '99'],
};
const ageGroupWords: Record<string, string> = {
  '10': 'children',
  '11': 'adolescents',
  '12': 'children and adolescents',
  '13': 'adults',
  '14': 'older adults',
  '15': 'adults and older adults',
  '99': 'any age',
};
const ageBandWords: Record<AgeBand, string> = {
  child: 'a child',
  'young-person': 'a young person',
  adult: 'an adult',
  'older-adult': 'an older adult',
};
const securityWords = ['general', 'low secure', 'medium secure', 'high secure'];
const securityOf = (level: number) => securityWords[level] ?? `security level ${level}`;
const sexWords: Record<string, string> = {
  female: 'is for women',
  male: 'is for men',
  mixed: 'is mixed',
  flexible: 'has beds that change between women and men',
  separate: 'has women and men in separate parts',
  unknown: 'has no designation that we know of',
};
/** Section 5(2) and 5(4): who is held under them may not be moved to another hospital yet. */
const holdingPowers: readonly string[] = ['05', '06'];

/** A need by its name in the list, in lower case so that it stands in a sentence; by its code where the list hasn't got it. */
function needNameOf(code: string, names: ReadonlyMap<string, string>): string {
  const name = names.get(code) ?? code.replaceAll('-', ' ');
  return /^[A-Z][^A-Z]/.test(name) ? name[0]!.toLowerCase() + name.slice(1) : name;
}

/**
 * One ward against one need (rules-beds, section 3): each criterion with its outcome and the reason in a sentence, with the ward's own words
 * and the version they stand in where the ward has said it. The outcome is the worst of them. Free beds are no criterion: they say when, not
 * whether. What nobody has said (the designation, the ages, a need) is to be asked, never assumed.
 * The bed type isn't looked at: `matchesOf` leaves wards of another type out.
 */
export function matchOf(need: NeedFacts, ward: WardToMatch, ground: MatchGround): Match {
  const criteria = [
    admissionsCriterion(ward),
    sexCriterion(need, ward, ground),
    ageCriterion(need, ward),
    securityCriterion(need, ward),
    legalStatusCriterion(need),
    ...[...new Set(need.needs)].map((code) => needCriterion(code, ward, ground)),
    ...ownCriteria(need, ward),
  ];
  const home = ground.places.get(need.homePlace);
  return {
    wardId: ward.wardId,
    outcome: worst(criteria.map((criterion) => criterion.result)),
    criteria,
    terms: termsOf(need, ward, ground),
    freshness: ward.freshness,
    distanceKm: home && ward.coordinates ? tenths(distanceKm(home, ward.coordinates)) : null,
    samePlace: ward.place === need.homePlace,
    freeBeds: ward.freeBeds,
  };
}

function admissionsCriterion(ward: WardToMatch): CriterionResult {
  const code = 'admissions';
  if (!ward.pause) return { code, result: 'meets', sentence: `${ward.name} is admitting.` };
  const until = sayInstant(ward.pause.reviewAt);
  return {
    code,
    result: 'does-not-meet',
    sentence: `${ward.name} has paused admissions and looks at that again on ${until}.`,
    words: ward.pause.reason,
  };
}

function sexCriterion(need: NeedFacts, ward: WardToMatch, ground: MatchGround): CriterionResult {
  const designation = ward.sex ?? 'unknown';
  const result = ground.sexRules(ward.trust)[designation][need.sex];
  const who = need.sex === 'female' ? 'a woman' : 'a man';
  const ending = {
    meets: `and takes ${who}.`,
    ask: `so ask whether it can take ${who} now.`,
    'does-not-meet': `and doesn't take ${who}.`,
  };
  return { code: 'sex', result, sentence: `${ward.name} ${sexWords[designation]}, ${ending[result]}` };
}

function ageCriterion(need: NeedFacts, ward: WardToMatch): CriterionResult {
  const code = 'age-band';
  const who = ageBandWords[need.ageBand];
  const ages = ward.ageGroup === null ? undefined : ageGroupWords[ward.ageGroup];
  if (ward.ageGroup === null || ages === undefined) {
    return { code, result: 'ask', sentence: `Nobody has said which ages ${ward.name} is for, so ask whether it can take ${who}.` };
  }
  return ageGroupsFor[need.ageBand].includes(ward.ageGroup)
    ? { code, result: 'meets', sentence: `${ward.name} is for ${ages}, and takes ${who}.` }
    : { code, result: 'does-not-meet', sentence: `${ward.name} is for ${ages}, not for ${who}.` };
}

function securityCriterion(need: NeedFacts, ward: WardToMatch): CriterionResult {
  const code = 'security';
  const has = securityOf(ward.securityLevel);
  return ward.securityLevel >= need.securityLevel
    ? { code, result: 'meets', sentence: `${ward.name} is ${has}, which is as secure as is needed.` }
    : { code, result: 'does-not-meet', sentence: `${ward.name} is ${has}; ${securityOf(need.securityLevel)} is needed.` };
}

function legalStatusCriterion(need: NeedFacts): CriterionResult {
  const code = 'legal-status';
  return holdingPowers.includes(need.legalStatus) && need.whereNow === 'another-ward'
    ? {
        code,
        result: 'ask',
        sentence:
          'Somebody held under section 5 on a ward may not be moved to another hospital yet. Ask a clinician which section applies before a move.',
      }
    : { code, result: 'meets', sentence: 'The legal status by itself stops no move.' };
}

const versionOf = (ward: WardToMatch, words: string) => ({ words, version: ward.criteria.version });

function needCriterion(needed: string, ward: WardToMatch, ground: MatchGround): CriterionResult {
  const code = `need:${needed}`;
  const name = needNameOf(needed, ground.needNames);
  const said = ward.criteria.items.filter((item) => item.about === 'need' && item.code === needed);
  const result = worst(said.map((item) => item.outcome));
  const words = said.find((item) => item.outcome === result)?.words;
  if (words === undefined) {
    return { code, result: 'ask', sentence: `${ward.name} has said nothing about this need (${name}), so ask.` };
  }
  const answer = { meets: 'meets', ask: 'asks to be asked about', 'does-not-meet': "doesn't meet" }[result];
  return { code, result, sentence: `${ward.name} ${answer} this need (${name}).`, ...versionOf(ward, words) };
}

/** What the ward says of everyone, and of this legal status, of where somebody is and of this age: numbered as they stand in its version. */
function ownCriteria(need: NeedFacts, ward: WardToMatch): CriterionResult[] {
  const about = { everyone: '', 'legal-status': need.legalStatus, 'where-now': need.whereNow, 'age-band': need.ageBand };
  const subject = {
    everyone: 'anyone',
    'legal-status': 'this legal status',
    'where-now': 'somebody who is there now',
    'age-band': 'this age',
  };
  const answer = { meets: 'takes', ask: 'asks to be asked about', 'does-not-meet': "doesn't take" };
  return ward.criteria.items.flatMap((item, at) => {
    if (item.about === 'need' || (item.about !== 'everyone' && item.code !== about[item.about])) return [];
    return [
      {
        code: `ward:${at + 1}`,
        result: item.outcome,
        sentence:
          item.about === 'everyone' && item.outcome === 'meets'
            ? `${ward.name} says of everyone it admits:`
            : `${ward.name} ${answer[item.outcome]} ${subject[item.about]}, by its own rule:`,
        ...versionOf(ward, item.words),
      },
    ];
  });
}

/** The terms that order wards of one outcome, in the order they are looked at, each with its value in words. None knows the legal status. */
function termsOf(need: NeedFacts, ward: WardToMatch, ground: MatchGround): Term[] {
  const home = ground.places.get(need.homePlace);
  const km = home && ward.coordinates ? `${Math.round(distanceKm(home, ward.coordinates))} km from ${need.homePlace}` : 'distance unknown';
  const beds = ward.freeBeds.length;
  const lock = ward.locked === null ? 'not known whether locked' : ward.locked ? 'locked' : 'open';
  const confirmed = ward.confirmedAt === null ? 'never confirmed' : `confirmed ${sayInstant(ward.confirmedAt)}`;
  const near =
    ward.place === need.homePlace
      ? `in ${need.homePlace}`
      : `${ward.place === null ? 'place unknown' : `in ${ward.place}`}, ${ground.members.has(ward.trust) ? 'same collaborative' : 'outside the collaborative'}, ${km}`;
  const values: Record<Term['term'], string> = {
    availability: ward.pause ? 'admissions paused' : beds === 0 ? 'no bed free' : beds === 1 ? '1 bed free' : `${beds} beds free`,
    'age-of-figures': ward.freshness === 'stale' ? 'stale: the ward is asked first' : 'not stale',
    'least-restrictive': `${securityOf(ward.securityLevel)}, ${lock}`,
    'nearest-home': near,
    freshest: `${ward.freshness}, ${confirmed}`,
  };
  return (['availability', 'age-of-figures', ...ground.rankingTerms] as const).map((term) => ({ term, value: values[term] }));
}

/**
 * Orders matches best first: the outcome; a bed free and admissions open; not stale before stale (rules-beds, section 1); then the sender's
 * ranking terms in its order; the ward's id at last, so that it is one order however they come in. Legal status is no term: it decides
 * which wards can take somebody, by the criteria, and moves nobody up.
 * @param wards by their ids, every ward of `matches`
 */
export function rankMatches(
  matches: readonly Match[],
  wards: ReadonlyMap<string, WardToMatch>,
  ground: Pick<MatchGround, 'members' | 'rankingTerms'>,
): Match[] {
  const keyed = matches.map((match) => ({ match, key: keyOf(match, wards.get(match.wardId)!, ground) }));
  return keyed.sort((a, b) => compareKeys(a.key, b.key) || compare(a.match.wardId, b.match.wardId)).map(({ match }) => match);
}

/** Smaller comes first, number by number. */
function keyOf(match: Match, ward: WardToMatch, ground: Pick<MatchGround, 'members' | 'rankingTerms'>): number[] {
  const byTerm = {
    'least-restrictive': [ward.securityLevel, ward.locked === null ? 2 : Number(ward.locked)],
    'nearest-home': [Number(!match.samePlace), Number(!ground.members.has(ward.trust)), match.distanceKm ?? Infinity],
    freshest: [freshnessOrder.indexOf(ward.freshness), -(ward.confirmedAt ?? -Infinity)],
  };
  const canAdmit = match.freeBeds.length > 0 && ward.pause === null;
  return [
    outcomeOrder.indexOf(match.outcome),
    Number(!canAdmit),
    Number(ward.freshness === 'stale'),
    ...ground.rankingTerms.flatMap((term) => byTerm[term]),
  ];
}

function compareKeys(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at === -1 ? 0 : a[at]! < b[at]! ? -1 : 1;
}

/** Every ward of the need's bed type, matched and ranked. A retaking of a decision gives it what was known then. */
export function matchesOf(need: NeedFacts, wards: readonly WardToMatch[], ground: MatchGround): Match[] {
  const fitting = wards.filter((ward) => ward.bedType === need.bedType);
  return rankMatches(
    fitting.map((ward) => matchOf(need, ward, ground)),
    new Map(fitting.map((ward) => [ward.wardId, ward])),
    ground,
  );
}

/** Could a bed be held there: the ward meets or may be asked, and has one free. A stale one is asked first. */
export function canTake(match: Pick<Match, 'outcome' | 'freeBeds'>): boolean {
  return match.outcome !== 'does-not-meet' && match.freeBeds.length > 0;
}

/**
 * Why wards can't take somebody, counted: of those that have no bed to hold, how many each criterion stops, most first; and how many would
 * suit but have no bed free. A ward that two criteria stop counts under both. What wards say of their own is one reason, `ward`.
 * @param needNames the names of the needs; without them, their codes in words
 */
export function reasonsOf(
  matches: readonly Match[],
  needNames: ReadonlyMap<string, string> = new Map(),
): { code: string; sentence: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const match of matches.filter((each) => !canTake(each))) {
    const stopping = match.criteria.filter((criterion) => criterion.result === 'does-not-meet');
    const codes = stopping.map(({ code }) => (code.startsWith('ward:') ? 'ward' : code));
    for (const code of new Set(codes.length > 0 ? codes : ['no-free-bed'])) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...counts]
    .map(([code, count]) => ({ code, sentence: reasonSentence(code, needNames), count }))
    .sort((a, b) => b.count - a.count || compare(a.code, b.code));
}

const reasonSentences: Record<string, string> = {
  'no-free-bed': 'Would suit or could be asked, but no bed is free',
  admissions: 'Admissions are paused',
  sex: 'For the other sex',
  'age-band': 'For other ages',
  security: 'Not secure enough',
  'legal-status': 'The legal status stops a move',
  ward: "The ward's own criteria rule it out",
};

function reasonSentence(code: string, needNames: ReadonlyMap<string, string>): string {
  return reasonSentences[code] ?? `A need isn't met: ${needNameOf(code.replace(/^need:/, ''), needNames)}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function tenths(km: number): number {
  return Math.round(km * 10) / 10;
}
