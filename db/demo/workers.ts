// Invented people, most of them fully in order, and the gaps a bank office really meets. Nobody here is a real person.
import { dayMs } from '@homeward/shared/kernel/interval.ts';
import { addDays, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { Offices } from './accounts.ts';
import { Chance } from './chance.ts';
import { outwardCodesLike, type Places, type WardRow } from './places.ts';
import { at, type Clock, type Row } from './rows.ts';

/** What keeps somebody from some shifts. Each is given to several people; the capability it belongs to makes it true. */
export const gaps = [
  'team course lapsed',
  'near 48 hours',
  'no consent',
  'only a withdrawn course',
  'record revoked',
  'DBS ended',
  'short rest',
  'registration ends soon',
  'no team course',
  'unavailable',
  'asked not to come back',
  'team course lapses soon',
  'on leave',
  'only the own course',
  'DBS unknown',
  'near 48 hours, opted out',
  'life support lapsed',
  'new starter',
  'right to work ends soon',
  'team course still to come',
  'bank ended',
  'references unknown',
] as const;
export type Gap = (typeof gaps)[number];

/** How many people each bank-only group has, trust by trust; a trust that isn't listed gets the fallback. */
const bankOnly: Record<string, Record<string, number>> = {
  RGD: { hcsw: 34, rmn: 30, 'nursing-associate': 4, rnld: 3, psychologist: 4, 'assistant-psychologist': 3, ot: 2, doctor: 2 },
  TAD: { hcsw: 31, rmn: 28, 'nursing-associate': 3, rnld: 2, psychologist: 3, 'assistant-psychologist': 2, ot: 2, doctor: 1 },
  RXG: { hcsw: 24, rmn: 20, 'nursing-associate': 3, rnld: 3, psychologist: 2, 'assistant-psychologist': 1, ot: 2, doctor: 2 },
};
const bankOnlyElsewhere = {
  hcsw: 32,
  rmn: 26,
  'nursing-associate': 3,
  rnld: 2,
  psychologist: 3,
  'assistant-psychologist': 2,
  ot: 2,
  doctor: 1,
};

/** Wards with people on their own roster: acute and intensive care, in turn well staffed, as planned and thin. */
const rosteredBedTypes = ['200', '202'];
const rosterSizes = [16, 12, 9];

const staffGroupOf: Record<string, string> = {
  psychologist: 'psychology',
  'assistant-psychologist': 'psychology',
  ot: 'therapies',
  doctor: 'medical',
};
const bandsOf: Record<string, number[]> = {
  rmn: [5, 5, 5, 5, 6],
  rnld: [5, 6],
  'nursing-associate': [4],
  hcsw: [3, 3, 3, 3, 3, 2],
  psychologist: [7, 8],
  'assistant-psychologist': [4],
  ot: [5, 6],
  doctor: [9],
};
const areasOf: Record<string, string[]> = { RGD: ['LS', 'LS', 'WF', 'HG'], TAD: ['BD', 'BD', 'LS'], RXG: ['WF', 'HD', 'HX', 'S'] };

export interface Worker {
  id: string;
  personId: string;
  trust: string;
  staffNumber: string;
  name: string;
  email: string;
  role: string;
  band: number;
  staffGroup: string;
  /** The ward whose roster they are on; bank-only people have none. */
  ward: WardRow | null;
  gap: Gap | null;
  revision: Row<'workerRevision'> & { joinedOn: LocalDay };
}

export function workersOf({ now, today }: Clock, places: Places, offices: Offices) {
  const chance = new Chance('workers');
  const recordedAt = now - 200 * dayMs;
  const id = () => chance.id(recordedAt);
  const nameOnce = namesFrom(chance);
  const list: Worker[] = [];
  const person: (Row<'person'> & { id: string })[] = [];

  const invent = (trust: string, role: string, band: number, ward: WardRow | null, gap: Gap | null): Worker => {
    const number = list.filter((worker) => worker.trust === trust).length + 1;
    const staffNumber = `${trust}-${String(number).padStart(4, '0')}`;
    const name = nameOnce();
    const email = `${staffNumber.toLowerCase()}@demo.example`;
    const staffGroup = staffGroupOf[role] ?? 'nursing';
    const joinedOn = gap === 'new starter' ? addDays(today, -chance.whole(10, 30)) : addDays(today, -chance.whole(420, 4200));
    // Everything was checked in the weeks before they began.
    const checked = () => addDays(joinedOn, -chance.whole(5, 40));
    const registration = registrationOf(role, list.length + 1, chance);
    const rightToWorkUntil =
      gap === 'right to work ends soon'
        ? addDays(today, chance.whole(3, 12))
        : chance.happens(0.12)
          ? addDays(today, chance.whole(200, 900))
          : null;
    const workerId = id();
    const personId = id();
    person.push({ id: personId, registrationBody: registration?.body ?? null, registrationNumber: registration?.number ?? null });
    const isOptedOut = gap === 'near 48 hours, opted out' || (gap === null && chance.happens(0.08));
    const worker: Worker = {
      id: workerId,
      personId,
      trust,
      staffNumber,
      name,
      email,
      role,
      band,
      staffGroup,
      ward,
      gap,
      revision: {
        id: id(),
        workerId,
        recordedAt: at(recordedAt),
        replacedAt: null,
        name,
        email,
        role,
        band,
        staffGroup,
        joinedOn,
        // A few never gave one: their distances are unknown.
        recordedBy: null,
        recordedByName: null,
        because: null,
        consentSaidAt: null,
        homeOutwardCode: number % 25 === 0 ? null : chance.pick(outwardCodesLike([chance.pick(areasOf[trust] ?? ['LS'])])),
        worksDown: ['rmn', 'rnld', 'psychologist'].includes(role) && chance.happens(0.25),
        consentsToShare: gap !== 'no consent',
        optOutFrom: isOptedOut ? addDays(today, -chance.whole(90, 400)) : null,
        optOutUntil: null,
        registrationBody: registration?.body ?? null,
        registrationNumber: registration?.number ?? null,
        registrationField: registration?.field ?? null,
        registrationUntil: registration
          ? addDays(today, gap === 'registration ends soon' ? chance.whole(2, 10) : chance.whole(90, 900))
          : null,
        identityCheckedOn: checked(),
        rightToWorkCheckedOn: checked(),
        rightToWorkUntil,
        qualificationsCheckedOn: checked(),
        referencesCheckedOn: gap === 'references unknown' ? null : checked(),
        dbsCheckedOn: gap === 'DBS unknown' ? null : gap === 'DBS ended' ? addDays(today, -1150) : addDays(today, -chance.whole(30, 900)),
        dbsUntil: gap === 'DBS ended' ? addDays(today, -chance.whole(3, 50)) : null,
        workHealthClearedOn: checked(),
      },
    };
    // A check can't be newer than the start of somebody who began three weeks ago.
    if (gap === 'new starter') worker.revision.dbsCheckedOn = checked();
    list.push(worker);
    return worker;
  };

  const nextGap = turnsOf(gaps);
  for (const trust of places.members) {
    // The first two of each trust are in order, so that whoever opens the demonstration meets somebody who can work.
    for (const role of ['hcsw', 'rmn']) invent(trust, role, role === 'rmn' ? 5 : 3, null, null);
    for (const [role, count] of Object.entries(bankOnly[trust] ?? bankOnlyElsewhere)) {
      for (let turn = 0; turn < count; turn += 1) {
        const suffers = (role === 'hcsw' || role === 'rmn') && turn % 3 === 2;
        const gap = suffers ? nextGap() : null;
        invent(trust, role, chance.pick(bandsOf[role]!), null, gap);
      }
    }
    const nextSize = turnsOf(rosterSizes);
    for (const ward of places.wards.filter((row) => row.trust === trust && rosteredBedTypes.includes(row.bedType))) {
      const size = nextSize();
      for (let turn = 0; turn < size; turn += 1) {
        const role = turn % 2 === 0 ? 'hcsw' : 'rmn';
        const band = turn === 1 ? 6 : chance.pick(bandsOf[role]!);
        const gap = turn % 6 === 5 ? nextGap() : null;
        invent(trust, role, band, ward, gap && unlikelyOnARoster.has(gap) ? 'near 48 hours' : gap);
      }
    }
  }
  joinTwoBooks(list, person);

  const registered = new Set(list.map((worker) => worker.personId));
  const restriction: (Row<'restriction'> & { id: string })[] = list
    .filter((worker) => worker.gap === 'asked not to come back')
    .map((worker) => ({
      id: id(),
      workerId: worker.id,
      wardId: chance.pick(
        places.wards.filter((ward) => ward.bedType === '200' && places.members.includes(ward.trust) && ward !== worker.ward),
      ).id,
      fromDay: addDays(today, -chance.whole(5, 60)),
      untilDay: chance.happens(0.5) ? addDays(today, chance.whole(30, 120)) : null,
      reason: chance.pick([
        'Left the ward before handover',
        'Concern raised by a service user, under review',
        'Asked three times to put the phone away',
      ]),
      reviewer: 'Matron for the service',
      recordedAt: at(now - 5 * dayMs),
      liftedAt: null,
    }))
    .map((row) => {
      const { accountId, name } = offices.officerOf('bank-office', places.wards.find((ward) => ward.id === row.wardId)!.trust);
      return { ...row, recordedBy: accountId, recordedByName: name };
    });
  const renewed = renewals({ now, today }, list, offices);

  return {
    list,
    /** What was known of some of them before, which no decision of the demonstration is old enough to rest on. */
    before: renewed,
    rows: {
      person: person.filter((row) => registered.has(row.id)),
      worker: list.map(({ id: workerId, personId, trust, staffNumber }) => ({ id: workerId, personId, trust, staffNumber })),
      workerRevision: list.map((worker) => worker.revision),
      bankMembership: list.flatMap((worker) =>
        places.banks
          .filter((bank) => bank.staffGroups.includes(worker.staffGroup) && bank.trusts.includes(worker.trust))
          .map((bank) => ({
            id: id(),
            workerId: worker.id,
            bankId: bank.id,
            fromDay: worker.revision.joinedOn,
            untilDay: worker.gap === 'bank ended' ? addDays(today, -chance.whole(1, 20)) : null,
            recordedAt: at(recordedAt),
            replacedAt: null,
          })),
      ),
      restriction,
    },
  };
}
export type Workers = ReturnType<typeof workersOf>;

/**
 * Some records were changed since they were first brought in: the newest revision says by whom and why, and the one before is answered.
 * All of it is older than the oldest decision of the demonstration.
 */
function renewals({ now, today }: Clock, list: Worker[], offices: Offices): Row<'workerRevision'>[] {
  const chance = new Chance('renewals');
  const before: Row<'workerRevision'>[] = [];
  const change = (worker: Worker, what: Partial<Row<'workerRevision'>>, was: Partial<Row<'workerRevision'>>) => {
    const changedAt = at(now - chance.whole(30, 150) * dayMs);
    before.push({ ...worker.revision, id: chance.id(now - 200 * dayMs), ...was, replacedAt: changedAt });
    const isOwn = what.consentSaidAt !== undefined;
    const office = offices.officerOf('bank-office', worker.trust);
    Object.assign(worker.revision, {
      ...what,
      recordedAt: changedAt,
      recordedBy: isOwn ? null : office.accountId,
      recordedByName: isOwn ? worker.name : office.name,
      ...(isOwn && { consentSaidAt: changedAt }),
    });
  };
  const inOrder = list.filter((worker) => worker.gap === null && worker.staffGroup === 'nursing');
  for (const worker of inOrder.filter((_, index) => index % 9 === 4)) {
    const until = addDays(today, -chance.whole(160, 190));
    change(
      worker,
      { because: 'Disclosure renewed on the update service', dbsCheckedOn: addDays(until, -3) },
      { dbsCheckedOn: addDays(until, -1095), dbsUntil: until },
    );
  }
  for (const worker of inOrder.filter((one, index) => index % 9 === 7 && one.revision.registrationUntil)) {
    change(worker, { because: 'Registration renewed' }, { registrationUntil: addDays(today, -chance.whole(150, 190)) });
  }
  for (const worker of list.filter((one, index) => one.gap === 'no consent' && index % 2 === 0)) {
    change(worker, { because: 'Said so on their passport', consentSaidAt: '' }, { consentsToShare: true });
  }
  return before;
}

/** A ward wouldn't put them on its roster: there somebody works near the limit instead. */
const unlikelyOnARoster = new Set<Gap>(['no team course', 'new starter', 'bank ended', 'team course still to come']);

/** One nurse of the first trust is on the second trust's books too: the same registration, so one person, whose duties count together. */
function joinTwoBooks(list: Worker[], person: { id: string }[]): void {
  const [first, second] = [...new Set(list.map((worker) => worker.trust))].map((trust) =>
    list.find(
      (worker) =>
        worker.trust === trust &&
        worker.role === 'rmn' &&
        worker.gap === null &&
        worker.ward === null &&
        !worker.staffNumber.endsWith('0002'),
    ),
  );
  if (!first || !second) return;
  const { registrationBody, registrationNumber, registrationField, registrationUntil } = first.revision;
  Object.assign(second, { personId: first.personId, name: first.name });
  Object.assign(second.revision, { name: first.name, registrationBody, registrationNumber, registrationField, registrationUntil });
  if (!person.some(({ id }) => id === first.personId)) throw new Error('The shared person is missing.');
}

interface Registration {
  body: string;
  number: string;
  field: string | null;
}

/** Numbers that can't be anyone's: a nurse's real one has a letter from A to L in the middle, ours has an X, and so on. */
function registrationOf(role: string, serial: number, chance: Chance): Registration | null {
  const digits = String(serial).padStart(4, '0');
  const year = String(chance.whole(85, 123) % 100).padStart(2, '0');
  switch (role) {
    case 'rmn':
      return { body: 'NMC', number: `${year}X${digits}E`, field: 'mental-health' };
    case 'rnld':
      return { body: 'NMC', number: `${year}X${digits}E`, field: 'learning-disability' };
    case 'nursing-associate':
      return { body: 'NMC', number: `${year}X${digits}E`, field: null };
    case 'psychologist':
    case 'ot':
      return { body: 'HCPC', number: `XX0${digits}`, field: null };
    case 'doctor':
      return { body: 'GMC', number: `999${digits}`, field: null };
    default:
      return null;
  }
}

function turnsOf<T>(list: readonly T[]): () => T {
  let turn = -1;
  return () => {
    turn += 1;
    return list[turn % list.length]!;
  };
}

/** First and last names dealt so that nobody shares both. */
function namesFrom(chance: Chance): () => string {
  const first = chance.shuffled(firstNames);
  const last = chance.shuffled(lastNames);
  let dealt = -1;
  return () => {
    dealt += 1;
    const round = Math.floor(dealt / last.length);
    return `${first[(dealt * 7 + round * 3) % first.length]} ${last[dealt % last.length]}`;
  };
}

const firstNames =
  `Aaliyah Abdul Abigail Adebayo Adeola Agnieszka Aisha Alan Alastair Alice Amara Amina Amir Amrit Andrea Anil Anita Anwar Asif
  Ayesha Beatrice Ben Bernadette Blessing Bogdan Brenda Bronwen Callum Cara Carys Catherine Charity Chidi Chloe Chukwudi Claire Cornelia Craig
  Dafydd Daniel Danuta Declan Deepa Delroy Denise Devi Dominic Dorota Eamon Ebony Edith Eleanor Elif Emeka Emma Ewa Fareeda Farhan Fatima Femi
  Fiona Folake Frances Gareth Gemma Ghazala Gillian Grainne Gwen Hamza Hannah Harjit Harriet Hassan Hazel Hussain Ibrahim Ifeoma Iman Ines
  Iqbal Irene Isla Ivana Jacqueline Jade Jagdeep Jamal Jasmine Javed Jia Joanna Jude Julian Kamran Karen Kasia Kelechi Keith Khadija Kiran
  Kwame Lakshmi Lauren Leila Lewis Liam Lorna Lucy Mairead Malgorzata Manjit Marcus Maria Maryam Maureen Megan Mei Mercy Michael Mohsin
  Monika Morag Nadia Naveed Neha Ngozi Niamh Nicola Nikhil Nkechi Nusrat Olga Oliver Olumide Owen Pamela Parminder Patience Patrick Pauline
  Precious Priya Rachel Rahul Raj Rebecca Rhiannon Rizwana Robert Rosemary Ruksana Sadia Samina Samuel Sanjay Sarah Shanice Sheila Sian
  Simon Sinead Sofia Sonia Stacey Sunita Susan Tahira Tanya Tendai Teresa Thandi Thomas Tomasz Tracey Usman Uzma Valerie Vanessa Veronica
  Victoria Vikram Wanjiru Wayne Winston Xin Yasmin Yusuf Yvonne Zainab Zofia Zoe`.split(/\s+/);

const lastNames =
  `Abara Ackerley Adeyinka Afolabi Ahmed Akhtar Akinola Ali Allerton Amadi Appleyard Armitage Asante Ashworth Aspinall Atkin Aziz
  Balogun Bannister Baptiste Barraclough Bashir Batley Begum Bello Bhatti Binns Birkett Boateng Booth Bottomley Boyle Brearley Brook Burnley
  Butt Calvert Campbell Chaudhry Chen Chukwu Clegg Clough Cockcroft Crabtree Crossley Cudworth Dacre Danso Dawodu Dhillon Dixon Dlamini Doyle
  Drake Dube Duffy Dyson Earnshaw Eastwood Eze Farooq Farrar Fearnley Feather Fernandes Gallagher Garside Gaunt Gill Greenwood Grewal Gupta
  Haigh Hainsworth Haque Hardcastle Hargreaves Hepworth Hinchliffe Hirst Holroyd Hussain Hutton Ibeh Igwe Iqbal Ingham Jagger Jankowski
  Jarvis Jowett Kapoor Kaur Kaye Kearney Kershaw Khalid Khan Kilburn Kowalska Kumar Lal Lawal Leadbeater Lister Lumb Mahmood Malik Mallinson
  Mensah Metcalfe Midgley Mistry Mitchell Moyo Mukherjee Murgatroyd Musa Mutasa Naylor Ndlovu Newsome Nowak Nutter Obi Ogden Okafor Okoro
  Oldroyd Osei Owusu Padgett Parkin Patel Pickles Pillai Priestnall Quarmby Quinn Rafiq Rahman Ramsbottom Rawnsley Rehman Rhodes Riaz Robertshaw
  Rushworth Sadowska Saltonstall Sandhu Schofield Senior Shah Sharma Shaw Sibanda Singh Skirrow Smailes Sobczak Stansfield Sugden Sutcliffe
  Sykes Tasker Tattersall Tempest Thackray Thapa Thornber Townend Uddin Umeh Varley Wadsworth Walczak Wang Waring Whiteley Wilkes Wolfenden
  Woodhead Wormald Wrigley Yaqoob Yeadon Yeboah Zaman Zielinski`.split(/\s+/);
