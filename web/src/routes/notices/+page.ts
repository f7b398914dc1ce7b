import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import type { NoticeView } from '@homeward/shared/notices/contract.ts';
import { read } from '#lib/platform/api.ts';
import type { Position } from '#lib/platform/api.ts';
import { trustNamesOf } from '#lib/places/client.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

/** A trust's next 60 days are a few hundred lines; more than this nobody reads, and the page says that there are more. */
const mostPages = 10;

export const load: PageLoad = async ({ fetch, parent }) => {
  const [{ session }, trusts] = await Promise.all([parent(), read<{ items: { code: string; name: string }[] }>(fetch, '/trusts')]);
  const notices: NoticeView[] = [];
  let at: Position | null = null;
  let cursor: string | null = null;
  for (let number = 0; number < mostPages; number++) {
    const path: string = cursor ? `/notices?cursor=${encodeURIComponent(cursor)}` : '/notices';
    const page: { body: { items: NoticeView[]; nextCursor: string | null }; at: Position | null } = await read(fetch, path);
    notices.push(...page.body.items);
    at ??= page.at;
    cursor = page.body.nextCursor;
    if (!cursor) break;
  }
  return { notices, isCut: cursor !== null, at, today: localDayOf(nowOf(session)), trustName: trustNamesOf(trusts.body.items) };
};
