import { z } from 'zod';
import {
  acceptInvitation,
  demonstrationView,
  sessionView as sessionShape,
  signIn as signInShape,
} from '@homeward/shared/accounts/contract.ts';
import type { Live } from '../platform/live.ts';
import type { Door } from '../platform/operation.ts';
import { notHere, ok, type Result } from '../platform/problem.ts';
import { readCookie, scopeOfToken, sessionCookie } from '../platform/session.ts';
import { endSessions, signIn, useInvitation } from './commands.ts';
import { demonstrationAccounts, sessionView } from './queries.ts';

const deviceCookie = 'homeward-device';

export function accountsRoutes(door: Door, live: Pick<Live, 'closeSessions'>): void {
  const { platform } = door;
  const { db, clock, behindProxy } = platform;
  const view = async (token: string): Promise<Result<unknown>> => {
    const scope = await scopeOfToken(db, token);
    return scope ? ok(await sessionView(db, scope, clock.now(), platform.demonstrationPassword !== null)) : notHere();
  };

  door.add({
    method: 'post',
    path: '/api/v1/session',
    summary: 'Sign in',
    rights: { who: 'anyone', reach: 'public' },
    request: { body: signInShape },
    status: 200,
    response: sessionShape,
    refusals: [
      { status: 401, code: 'wrong-sign-in' },
      { status: 429, code: 'too-many' },
    ],
    handle: async ({ body, context }) => {
      const result = await signIn(platform, {
        ...body,
        from: clientAddress(context.env, context.req.raw, behindProxy),
        device: readCookie(context.req.header('cookie'), deviceCookie),
        replaces: context.get('token'),
      });
      if (!result.ok) return result;
      const { token, device, ended } = result.value;
      live.closeSessions(ended);
      context.header('set-cookie', sessionCookie(token, behindProxy));
      const year = 365 * 24 * 60 * 60;
      context.header(
        'set-cookie',
        `${deviceCookie}=${device}; Path=/api/v1/session; HttpOnly; SameSite=Strict; Max-Age=${year}${behindProxy ? '; Secure' : ''}`,
        { append: true },
      );
      return view(token);
    },
  });

  door.add({
    method: 'get',
    path: '/api/v1/session',
    summary: 'Who I am and what I may do',
    rights: { who: 'signed-in', reach: 'self' },
    status: 200,
    response: sessionShape,
    handle: async ({ scope }) => ok(await sessionView(db, scope, clock.now(), platform.demonstrationPassword !== null)),
  });

  door.add({
    method: 'delete',
    path: '/api/v1/session',
    summary: 'Sign out here, or everywhere',
    rights: { who: 'signed-in', reach: 'self' },
    request: { query: z.strictObject({ everywhere: z.enum(['true', 'false']).optional() }) },
    status: 204,
    response: null,
    handle: async ({ scope, query, context }) => {
      const token = context.get('token');
      const ended = await endSessions(platform, query.everywhere === 'true' || !token ? { accountId: scope.accountId } : { token });
      live.closeSessions(ended);
      context.header('set-cookie', sessionCookie('', behindProxy));
      return ok(null);
    },
  });

  door.add({
    method: 'post',
    path: '/api/v1/session/invitation',
    summary: 'Use a one-use link: choose a password and sign in',
    rights: { who: 'anyone', reach: 'public' },
    request: { body: acceptInvitation },
    status: 200,
    response: sessionShape,
    handle: async ({ body, context }) => {
      const result = await useInvitation(platform, body);
      if (!result.ok) return result;
      context.header('set-cookie', sessionCookie(result.value.token, behindProxy));
      return view(result.value.token);
    },
  });

  door.add({
    method: 'get',
    path: '/api/v1/session/demonstration',
    summary: 'The accounts of the demonstration, where this is one',
    rights: { who: 'anyone', reach: 'public' },
    status: 200,
    response: demonstrationView,
    refusals: [{ status: 404, code: 'not-found' }],
    handle: async () =>
      platform.demonstrationPassword === null ? notHere() : ok(await demonstrationAccounts(db, platform.demonstrationPassword)),
  });
}

/** The address a request came from; a proxy's word is taken only where we were told that one stands before us. */
function clientAddress(env: unknown, request: Request, behindProxy: boolean): string {
  const forwarded = behindProxy ? request.headers.get('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined;
  const socket = (env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined)?.incoming?.socket;
  return forwarded ?? socket?.remoteAddress ?? 'inside';
}
