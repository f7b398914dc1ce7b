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

export function officerOf(role: keyof typeof officers, trust: string, places: Pick<Places, 'members'>): string {
  const names = officers[role];
  return names[places.members.indexOf(trust) % names.length]!;
}

export function accountsOf({ now }: Clock, places: Places, workers: Workers, passwordHash: string) {
  const chance = new Chance('accounts');
  const started = now - 300 * dayMs;
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

  const wardManagerByTrust = new Map<string, string>();
  for (const trust of places.members) {
    const wards = places.wards.filter((ward) => ward.trust === trust);
    for (const role of Object.keys(officers) as (keyof typeof officers)[]) {
      if (role === 'ward-manager' && wards.length === 0) continue;
      const id = open(`${role}@${trust.toLowerCase()}.example`, officerOf(role, trust, places));
      if (role === 'ward-manager') {
        wardManagerByTrust.set(trust, id);
        for (const ward of wards) grant(id, role, { trust, wardId: ward.id });
      } else {
        grant(id, role, { trust });
      }
    }
  }
  for (const { email, name, role } of theRest) {
    grant(open(email, name), role, role === 'programme' ? { collaborativeId: places.collaborativeId } : {});
  }
  const accountByWorker = new Map<string, string>();
  const shown = new Set<string>();
  for (const worker of workers.list) {
    const id = open(worker.email, worker.name, worker.id, noteOf(worker, shown));
    accountByWorker.set(worker.id, id);
    grant(id, 'worker', { trust: worker.trust });
  }

  return { wardManagerByTrust, accountByWorker, rows: { account, accountRole } };
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
