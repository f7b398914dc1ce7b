import type { CompetencyView, CourseDetail } from '@homeward/shared/training/contract.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { read } from '#lib/platform/api.ts';
import { trustNamesOf } from '#lib/places/client.ts';
import { leadOf, type List } from '#lib/training/client.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, parent }) => {
  const [{ body: course, at }, competencies, techniques, trusts, { session }] = await Promise.all([
    read<CourseDetail>(fetch, `/training/courses/${params.id}`),
    read<List<CompetencyView>>(fetch, '/training/competencies'),
    read<List<{ code: string; title: string }>>(fetch, '/training/techniques'),
    read<List<{ code: string; name: string }>>(fetch, '/trusts'),
    parent(),
  ]);
  return {
    course,
    at,
    competency: competencies.body.items.find(({ code }) => code === course.meets) ?? null,
    competencies: competencies.body.items,
    techniques: techniques.body.items,
    isMine: leadOf(session).includes(course.trust),
    trustName: trustNamesOf(trusts.body.items),
    today: localDayOf(nowOf(session)),
  };
};
