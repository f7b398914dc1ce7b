// The real trusts, sites and wards, and what their trusts have agreed about sharing. Which trusts there are comes from the
// reference; only what the demonstration adds to it is written here.
import { dayMs } from '@homeward/shared/kernel/interval.ts';
import { addDays } from '@homeward/shared/kernel/local-time.ts';
import { Chance } from './chance.ts';
import { placesReference } from './reference.ts';
import { at, days, type Clock, type Row } from './rows.ts';

/** Partners the reference doesn't list: loaded without wards, with short codes of ours (contract, section 5). */
const partners = [
  { odsCode: 'CYGNET', name: 'Cygnet Health Care', short: 'Cygnet', independent: true, source: 'partner; the code is ours' },
  { odsCode: 'INMIND', name: 'In Mind Healthcare', short: 'In Mind', independent: true, source: 'partner; the code is ours' },
  // The psychology bank of a staff wellbeing hub reaches beyond the collaborative: banks are data.
  {
    odsCode: 'RR8',
    name: 'Leeds Teaching Hospitals NHS Trust',
    short: 'LTHT',
    independent: false,
    source: 'from memory: confirm before use',
  },
];
const hubPartner = 'RR8';

/** Every pair shares nurses. In psychology some have agreed, one agreement has ended, and the rest still have to. */
const otherAgreements = [
  { home: 'RGD', host: 'TAD', staffGroup: 'psychology', lastDay: 200 },
  { home: 'TAD', host: 'RGD', staffGroup: 'psychology', lastDay: 200 },
  { home: 'RGD', host: 'RR8', staffGroup: 'psychology', lastDay: 365 },
  { home: 'RR8', host: 'RGD', staffGroup: 'psychology', lastDay: 365 },
  { home: 'RY6', host: 'RGD', staffGroup: 'psychology', lastDay: -30 },
  { home: 'RY6', host: 'RGD', staffGroup: 'therapies', lastDay: 365 },
];

/** Minutes a Monday–Sunday week a home trust lets its workers work. Only some trusts have set one. */
const weeklyCaps: Record<string, number> = { RXG: 72 * 60 };

const wardWaves = [
  { ward: 'newsam/ward-1', regularsMinutes: 4 * 60, homeTrustMinutes: 24 * 60 },
  { ward: 'fieldhead/crofton', regularsMinutes: 2 * 60, homeTrustMinutes: 12 * 60 },
];

/** `becklin/ward-5`: the site and the ward's name in lower case with hyphens (contract, section 4). */
export function wardCodeOf(site: string, name: string): string {
  const words = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return `${site}/${words.replaceAll(/^-|-$/g, '')}`;
}

export type WardRow = Row<'ward'> & { id: string; code: string; trust: string; bedType: string };

export function placesOf({ now, today }: Clock) {
  const chance = new Chance('places');
  const id = () => chance.id(now - 400 * 86_400_000);
  const longAgo = addDays(today, -3 * 365);
  const members = placesReference.trusts.map((trust) => trust.odsCode);
  // An operator that isn't one of the trusts is an independent hospital; its name in capitals is its code.
  const trustOf = (operator: string) => (members.includes(operator) ? operator : operator.toUpperCase());
  const operators = [...new Set(placesReference.sites.map((site) => site.operator))].filter((operator) => !members.includes(operator));

  const trust: Row<'trust'>[] = [
    ...placesReference.trusts.map(({ odsCode, name, short, source }) => ({ odsCode, name, short, independent: false, source })),
    ...operators.map((name) => ({
      odsCode: trustOf(name),
      name,
      short: name,
      independent: true,
      source: 'operator of a site in the reference; the code is ours',
    })),
    ...partners,
  ];

  const place: Row<'place'>[] = placesReference.places.map((known) => ({
    short: known.short,
    name: known.name,
    latitude: known.approxLat,
    longitude: known.approxLon,
    insideIcb: known.insideWestYorkshireIcb,
    verified: known.verified && known.coordVerified,
    source: `${known.source}; coordinates: ${known.coordSource}`,
  }));

  const site: Row<'site'>[] = placesReference.sites.map((known) => ({
    code: known.id,
    trust: trustOf(known.operator),
    name: known.name,
    place: place.some(({ short }) => short === known.place) ? known.place : null,
    postcode: known.postcode,
    latitude: known.lat,
    longitude: known.lon,
    verified: known.verified,
    source: known.lat === null || known.coordVerified ? known.source : `${known.source}; coordinates approximate, not verified`,
  }));

  const trustBySite = new Map(site.map((row) => [row.code, row.trust]));
  const ward: WardRow[] = placesReference.wards.map((known) => ({
    id: id(),
    code: wardCodeOf(known.site, known.ward),
    trust: trustBySite.get(known.site)!,
    site: known.site,
    name: known.ward,
    serviceLine: known.type,
    bedType: known.bedTypeCode,
    ageGroup: known.ageGroupCode,
    securityLevel: known.securityLevel,
    locked: null,
    beds: known.beds,
    verified: known.verified,
    unverifiedFields: known.unverifiedFields ?? [],
    source: known.asOf ? `${known.source}; as of ${known.asOf}` : known.source,
  }));
  const wardByCode = new Map(ward.map((row) => [row.code, row]));

  const wardSex: Row<'wardSex'>[] = placesReference.wards.flatMap((known, index) =>
    known.sex
      ? [{ id: id(), wardId: ward[index]!.id, sex: known.sex.startsWith('separate') ? 'separate' : known.sex, days: days(longAgo, null) }]
      : [],
  );

  const collaborative: Row<'collaborative'> = {
    id: id(),
    code: 'west-yorkshire-mhlda',
    name: 'West Yorkshire mental health, learning disability and autism collaborative',
  };
  const collaborativeMember: Row<'collaborativeMember'>[] = members.map((member) => ({
    id: id(),
    collaborativeId: collaborative.id,
    trust: member,
    days: days(longAgo, null),
  }));

  const pairs = members.flatMap((home) => members.filter((host) => host !== home).map((host) => ({ home, host })));
  const signedAt = at(now - 400 * dayMs);
  const sharingAgreement: Row<'sharingAgreement'>[] = [
    ...pairs.map((pair) => ({ ...pair, staffGroup: 'nursing', lastDay: 365 })),
    ...otherAgreements,
  ].map(({ home, host, staffGroup, lastDay }) => ({
    id: id(),
    homeTrust: home,
    hostTrust: host,
    staffGroup,
    days: days(addDays(today, -365), addDays(today, lastDay)),
    recordedAt: signedAt,
    proposedBy: home,
    homeSignedAt: signedAt,
    homeSignedBy: 'Director of nursing',
    hostSignedAt: signedAt,
    hostSignedBy: 'Director of nursing',
  }));

  const trustSetting: Row<'trustSetting'>[] = members.map((member) => ({
    id: id(),
    trust: member,
    shortNoticeMinutes: 24 * 60,
    weeklyCapMinutes: weeklyCaps[member] ?? null,
    days: days(longAgo, null),
  }));

  const wardWave: Row<'wardWave'>[] = wardWaves.map(({ ward: code, ...minutes }) => ({
    id: id(),
    wardId: wardByCode.get(code)!.id,
    ...minutes,
    regularDuties: 3,
    regularWeeks: 17,
    days: days(longAgo, null),
  }));

  const banks = [
    { code: 'nursing-and-support', name: 'West Yorkshire nursing and support bank', staffGroups: ['nursing'], trusts: members },
    { code: 'psychology-hub', name: 'Staff wellbeing hub psychology bank', staffGroups: ['psychology'], trusts: [...members, hubPartner] },
    {
      code: 'therapies-and-medical',
      name: 'West Yorkshire therapies and medical bank',
      staffGroups: ['therapies', 'medical'],
      trusts: members,
    },
  ].map((known) => ({ ...known, id: id() }));

  return {
    members,
    banks,
    wards: ward,
    wardByCode,
    collaborativeId: collaborative.id,
    rows: {
      trust,
      place,
      outwardCode: outwardCodes.map(([code, latitude, longitude]) => ({
        code,
        latitude,
        longitude,
        source: 'approximate, for the demonstration',
      })),
      site,
      ward,
      wardSex,
      collaborative: [collaborative],
      collaborativeMember,
      sharingAgreement,
      trustSetting,
      wardWave,
      bank: banks.map(({ id: bankId, code, name }) => ({ id: bankId, code, name })),
      bankStaffGroup: banks.flatMap((bank) => bank.staffGroups.map((staffGroup) => ({ bankId: bank.id, staffGroup }))),
      bankMember: banks.flatMap((bank) =>
        bank.trusts.map((member) => ({ id: id(), bankId: bank.id, trust: member, days: days(longAgo, null) })),
      ),
    },
  };
}
export type Places = ReturnType<typeof placesOf>;

/** Roughly where people live, by the first half of their postcode: to two decimals, which is about a kilometre. */
const outwardCodes: [code: string, latitude: number, longitude: number][] = [
  ['LS1', 53.8, -1.55],
  ['LS2', 53.8, -1.55],
  ['LS3', 53.8, -1.56],
  ['LS4', 53.81, -1.58],
  ['LS5', 53.82, -1.6],
  ['LS6', 53.82, -1.57],
  ['LS7', 53.82, -1.53],
  ['LS8', 53.83, -1.51],
  ['LS9', 53.8, -1.51],
  ['LS10', 53.76, -1.53],
  ['LS11', 53.78, -1.56],
  ['LS12', 53.79, -1.6],
  ['LS13', 53.81, -1.64],
  ['LS14', 53.82, -1.46],
  ['LS15', 53.8, -1.44],
  ['LS16', 53.85, -1.6],
  ['LS17', 53.86, -1.52],
  ['LS18', 53.84, -1.64],
  ['LS19', 53.86, -1.69],
  ['LS20', 53.88, -1.71],
  ['LS21', 53.91, -1.69],
  ['LS22', 53.93, -1.38],
  ['LS25', 53.79, -1.29],
  ['LS26', 53.75, -1.46],
  ['LS27', 53.75, -1.6],
  ['LS28', 53.8, -1.67],
  ['LS29', 53.92, -1.82],
  ['BD1', 53.79, -1.75],
  ['BD2', 53.82, -1.73],
  ['BD3', 53.8, -1.73],
  ['BD4', 53.77, -1.71],
  ['BD5', 53.78, -1.76],
  ['BD6', 53.76, -1.79],
  ['BD7', 53.79, -1.79],
  ['BD8', 53.8, -1.79],
  ['BD9', 53.81, -1.8],
  ['BD10', 53.83, -1.71],
  ['BD12', 53.74, -1.77],
  ['BD13', 53.78, -1.87],
  ['BD15', 53.82, -1.84],
  ['BD16', 53.85, -1.83],
  ['BD17', 53.84, -1.77],
  ['BD18', 53.83, -1.78],
  ['BD19', 53.72, -1.71],
  ['BD20', 53.9, -1.95],
  ['BD21', 53.86, -1.91],
  ['BD22', 53.84, -1.96],
  ['BD23', 53.98, -2.03],
  ['HX1', 53.72, -1.87],
  ['HX2', 53.74, -1.9],
  ['HX3', 53.73, -1.84],
  ['HX4', 53.68, -1.88],
  ['HX5', 53.69, -1.84],
  ['HX6', 53.69, -1.92],
  ['HX7', 53.74, -2.01],
  ['HD1', 53.65, -1.78],
  ['HD2', 53.67, -1.77],
  ['HD3', 53.65, -1.83],
  ['HD4', 53.62, -1.81],
  ['HD5', 53.65, -1.74],
  ['HD6', 53.7, -1.78],
  ['HD7', 53.61, -1.87],
  ['HD8', 53.59, -1.66],
  ['HD9', 53.57, -1.79],
  ['WF1', 53.69, -1.49],
  ['WF2', 53.67, -1.51],
  ['WF3', 53.73, -1.53],
  ['WF4', 53.63, -1.51],
  ['WF5', 53.68, -1.58],
  ['WF6', 53.7, -1.41],
  ['WF7', 53.66, -1.36],
  ['WF8', 53.69, -1.31],
  ['WF9', 53.61, -1.32],
  ['WF10', 53.73, -1.36],
  ['WF11', 53.71, -1.26],
  ['WF12', 53.68, -1.62],
  ['WF13', 53.69, -1.64],
  ['WF14', 53.68, -1.69],
  ['WF15', 53.7, -1.69],
  ['WF16', 53.71, -1.67],
  ['WF17', 53.72, -1.64],
  ['S70', 53.55, -1.48],
  ['S71', 53.57, -1.46],
  ['S72', 53.6, -1.39],
  ['S73', 53.52, -1.4],
  ['S74', 53.5, -1.45],
  ['S75', 53.57, -1.53],
  ['YO30', 53.98, -1.11],
  ['HG1', 54.0, -1.54],
];

/** Whose workers live where: the outward codes that begin with these letters. */
export const outwardCodesLike = (areas: readonly string[]): string[] =>
  outwardCodes.map(([code]) => code).filter((code) => areas.some((area) => code.replace(/\d+$/, '') === area));
