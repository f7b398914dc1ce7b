import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The real places, from public pages: reference/west-yorkshire.json. Only what the program loads is named here. */
interface PlacesReference {
  trusts: { odsCode: string; name: string; short: string; source: string }[];
  places: {
    name: string;
    short: string;
    approxLat: number;
    approxLon: number;
    coordVerified: boolean;
    coordSource: string;
    source: string;
    verified: boolean;
    insideWestYorkshireIcb: boolean;
  }[];
  sites: {
    id: string;
    name: string;
    operator: string;
    postcode: string | null;
    lat: number | null;
    lon: number | null;
    coordVerified: boolean;
    source: string;
    verified: boolean;
    place: string;
    sector?: 'independent';
  }[];
  wards: {
    site: string;
    ward: string;
    type: string;
    bedTypeCode: string;
    sex: string | null;
    beds: number | null;
    securityLevel: number;
    ageGroupCode: string;
    asOf: string | null;
    source: string;
    verified: boolean;
    unverifiedFields?: string[];
  }[];
}

/** Invented courses with the periods trusts really use: reference/training.json. */
interface TrainingReference {
  competencies: { code: string; title: string; useOfForce: boolean; periodMonths: Record<string, number> }[];
  courses: {
    trust: string;
    code: string;
    version: string;
    title: string;
    meets: string;
    certifiedUntil: string | null;
    useOfForce: boolean;
  }[];
  alignments: {
    trust: string;
    code: string;
    version: string;
    state: 'draft' | 'in-review' | 'stress-testing' | 'validated' | 'withdrawn';
    reason?: string;
    pilotWards?: string[];
  }[];
}

/** What each competency asks and each course teaches, invented like the courses: reference/training-standards.json. */
interface StandardsReference {
  source: string;
  techniques: { code: string; title: string }[];
  standards: {
    competency: string;
    minimumMinutes: number;
    techniques: string[];
    refresherMonths: number;
    refresherMinutes: number;
  }[];
  descriptions: {
    trust: string;
    code: string;
    version: string;
    syllabusMinutes: number;
    certificate: string | null;
    techniques: string[];
    refresherMonths: number;
    refresherMinutes: number;
  }[];
  underWay: Pick<TrainingReference, 'courses' | 'alignments'>;
}

/** The code lists and service lines that a trust's own installation loads too: reference/organisations.json. Only what the demonstration takes from there. */
interface OrganisationsReference {
  codes: Record<string, { code: string; title: string; detail?: object; source?: string }[]>;
  serviceLines: {
    code: string;
    name: string;
    lead: string | null;
    bedTypes: string[];
    source?: string;
    partners: { trust: string }[];
  }[];
}

const read = (file: string) => JSON.parse(readFileSync(join(import.meta.dirname, '../../reference', file), 'utf8')) as unknown;

export const placesReference = read('west-yorkshire.json') as PlacesReference;
export const trainingReference = read('training.json') as TrainingReference;
export const standardsReference = read('training-standards.json') as StandardsReference;
export const organisationsReference = read('organisations.json') as OrganisationsReference;
