// Who can sign in to the demonstration. One password opens every account, so its hash is worked out once.
import { dayMs } from '@homeward/shared/kernel/interval.ts';
import { Chance } from './chance.ts';
import type { Places } from './places.ts';
import { at, type Clock, type Row } from './rows.ts';
import type { Workers } from './workers.ts';

type AccountRole = Row<'accountRole'>['role'];

/** One invented person for each office of each trust, in the order of the reference; a fifth trust starts the list again. */
const officers: Record<'ward-manager' | 'bed-manager' | 'bank-office' | 'training-lead', string[]> = {
  'ward-manager': ['Grace Oyelaran', 'Tariq Mahmood', 'Helen Sugden', 'Paul Whitaker'],
  'bed-manager': ['Martin Ackroyd', 'Shazia Parveen', 'Colin Ramsden', 'Amanda Priest'],
  'bank-office': ['Leanne Hartley', 'Imran Sadiq', 'Joanne Beaumont', 'Oluchi Nwosu'],
  'training-lead': ['Ruth Adeyemi', 'Gurpreet Bains', 'Stephen Lockwood', 'Catriona Muir'],
};

const theRest = [
  { email: 'programme@collaborative.example', name: 'Naomi Fairburn', role: 'programme' },
  { email: 'auditor@collaborative.example', name: 'Desmond Clarke', role: 'auditor' },
  { email: 'admin@homeward.example', name: 'Wendy Illingworth', role: 'administrator' },
];

type Office = keyof typeof officers;

/** Who signed, decided or wrote: their account and the name it stood under. */
export interface Officer {
  accountId: string;
  name: string;
}

/** The accounts of the offices: they are there before any worker, since alignments and agreements name who signed them. */
export function officesOf({ now }: Clock, places: Places, passwordHash: string) {
  const { rows, open, grant } = opened('accounts', now - 1100 * dayMs, passwordHash);
  const known = new Map<string, Officer>();
  for (const [index, trust] of places.members.entries()) {
    const wards = places.wards.filter((ward) => ward.trust === trust);
    for (const role of Object.keys(officers) as Office[]) {
      if (role === 'ward-manager' && wards.length === 0) continue;
      const name = officers[role][index % officers[role].length]!;
      const accountId = open(`${role}@${trust.toLowerCase()}.example`, name);
      known.set(`${role} ${trust}`, { accountId, name });
      if (role !== 'ward-manager') grant(accountId, role, { trust });
      else for (const ward of wards) grant(accountId, role, { trust, wardId: ward.id });
    }
  }
  for (const { email, name, role } of theRest) {
    const accountId = open(email, name);
    known.set(role, { accountId, name });
    grant(accountId, role, role === 'programme' ? { collaborativeId: places.collaborativeId } : {});
  }
  const find = (key: string): Officer => {
    const officer = known.get(key);
    if (!officer) throw new Error(`There is no ${key}.`);
    return officer;
  };
  return {
    rows,
    officerOf: (role: Office, trust: string) => find(`${role} ${trust}`),
    administrator: find('administrator'),
  };
}
export type Offices = ReturnType<typeof officesOf>;

function opened(seed: string, started: number, passwordHash: string) {
  const chance = new Chance(seed);
  const account: (Row<'account'> & { id: string })[] = [];
  const accountRole: Row<'accountRole'>[] = [];

  const open = (email: string, name: string, workerId: string | null = null, note: string | null = null): string => {
    const id = chance.id(started);
    account.push({ id, email, name, passwordHash, workerId, disabledAt: null, demonstration: true, note });
    return id;
  };
  const grant = (accountId: string, role: AccountRole, reach: { trust?: string; wardId?: string; collaborativeId?: string } = {}) => {
    const { trust = null, wardId = null, collaborativeId = null } = reach;
    accountRole.push({ id: chance.id(started), accountId, role, trust, wardId, collaborativeId, fromAt: at(started), untilAt: null });
  };

  return { rows: { account, accountRole }, open, grant };
}

export function accountsOf({ now }: Clock, places: Places, offices: Offices, workers: Workers, passwordHash: string) {
  const { rows, open, grant } = opened('accounts of workers', now - 300 * dayMs, passwordHash);
  const accountByWorker = new Map<string, string>();
  const shown = new Set<string>();
  for (const worker of workers.list) {
    const id = open(worker.email, worker.name, worker.id, noteOf(worker, shown));
    accountByWorker.set(worker.id, id);
    grant(id, 'worker', { trust: worker.trust });
  }
  const withWards = places.members.filter((trust) => places.wards.some((ward) => ward.trust === trust));
  return {
    wardManagerByTrust: new Map(withWards.map((trust) => [trust, offices.officerOf('ward-manager', trust).accountId])),
    accountByWorker,
    rows: { account: [...offices.rows.account, ...rows.account], accountRole: [...offices.rows.accountRole, ...rows.accountRole] },
  };
}

/**
 * What the first page says beside a worker one may sign in as: one support worker and one nurse of each trust who are in order, and the
 * first to meet each gap. Null for the rest, who are not offered there.
 */
function noteOf(worker: Workers['list'][number], shown: Set<string>): string | null {
  const what = worker.gap ?? (['hcsw', 'rmn'].includes(worker.role) ? `in order ${worker.trust} ${worker.role}` : null);
  if (what === null || shown.has(what)) return null;
  shown.add(what);
  const role = worker.role === 'rmn' ? 'Nurse' : 'Support worker';
  return `${role}, ${worker.gap === null ? 'everything in order' : worker.gap}`;
}

export type Accounts = ReturnType<typeof accountsOf>;
