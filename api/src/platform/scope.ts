import type { AccountRole } from '@homeward/shared/accounts/contract.ts';

declare const proven: unique symbol;

/**
 * Who is asking and what they may do, as the session proved it on this request.
 * Only platform/session can make one, so a query that demands it can't be reached by forgetting to ask who is there.
 */
export interface Scope {
  readonly [proven]: true;
  readonly accountId: string;
  readonly name: string;
  readonly email: string;
  readonly workerId: string | null;
  readonly personId: string | null;
  readonly grants: readonly Grant[];
}

export interface Grant {
  role: AccountRole;
  trust: string | null;
  wardId: string | null;
  collaborativeId: string | null;
}

export function hasRole(scope: Scope, ...roles: AccountRole[]): boolean {
  return scope.grants.some((grant) => roles.includes(grant.role));
}

export function managesWard(scope: Scope, wardId: string): boolean {
  return scope.grants.some((grant) => grant.role === 'ward-manager' && grant.wardId === wardId);
}

export function managedWards(scope: Scope): string[] {
  return scope.grants.flatMap((grant) => (grant.role === 'ward-manager' && grant.wardId ? [grant.wardId] : []));
}

/** The trusts this account holds a role of: those of its bank office, its training lead… */
export function trustsAs(scope: Scope, role: AccountRole): string[] {
  return scope.grants.flatMap((grant) => (grant.role === role && grant.trust ? [grant.trust] : []));
}

export function isOfTrust(scope: Scope, role: AccountRole, trust: string): boolean {
  return trustsAs(scope, role).includes(trust);
}

export const isAdministrator = (scope: Scope): boolean => hasRole(scope, 'administrator');
