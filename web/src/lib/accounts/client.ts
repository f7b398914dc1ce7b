import type { AccountRole, DemonstrationView, SessionView } from '@homeward/shared/accounts/contract.ts';
import { act, readIf, readIfSignedIn } from '#lib/platform/api.ts';

/** Who I am; null when nobody is signed in. */
export const currentSession = (fetch: typeof globalThis.fetch) => readIfSignedIn<SessionView>(fetch, '/session');

/** The accounts of the demonstration; null where this is the real thing. */
export const demonstration = async (fetch: typeof globalThis.fetch) =>
  (await readIf<DemonstrationView>(fetch, '/session/demonstration'))?.body ?? null;

export const signIn = (email: string, password: string) => act<SessionView>('POST', '/session', { email, password });

export const acceptInvitation = (token: string, password: string) => act<SessionView>('POST', '/session/invitation', { token, password });

/** A whole new page afterwards, so that nothing of this person stays in memory. */
export async function signOut(everywhere = false): Promise<void> {
  await act('DELETE', everywhere ? '/session?everywhere=true' : '/session');
  window.location.assign('/');
}

export const roleWords: Record<AccountRole, string> = {
  worker: 'Bank worker',
  'ward-manager': 'Ward manager',
  'bank-office': 'Bank office',
  'training-lead': 'Training lead',
  'bed-manager': 'Bed manager',
  programme: 'Programme team',
  auditor: 'Auditor',
  administrator: 'Administrator',
};

/** The one page each role needs first. Of several roles the first here decides. */
const firstPages: [AccountRole, string][] = [
  ['worker', '/shifts'],
  ['ward-manager', '/wards'],
  ['bank-office', '/workers'],
  ['training-lead', '/training'],
  ['programme', '/training'],
  ['bed-manager', '/beds'],
  ['auditor', '/audit'],
  ['administrator', '/imports'],
];

export const hasRole = (session: SessionView, role: AccountRole) => session.roles.some((held) => held.role === role);

export const firstPage = (session: SessionView): string => firstPages.find(([role]) => hasRole(session, role))?.[1] ?? '/me';
