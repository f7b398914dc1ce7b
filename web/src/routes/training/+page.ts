import type { AlignmentView, CompetencyView, CourseView, ReachPicture } from '@homeward/shared/training/contract.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { read, readIf } from '#lib/platform/api.ts';
import { trustNamesOf } from '#lib/places/client.ts';
import { isOneOf, leadOf, type List } from '#lib/training/client.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, parent }) => {
  const { session } = await parent();
  const mayCount = isOneOf(session, 'training-lead', 'programme', 'auditor');
  const [competencies, courses, alignments, trusts, reach] = await Promise.all([
    read<List<CompetencyView>>(fetch, '/training/competencies'),
    read<List<CourseView>>(fetch, '/training/courses'),
    read<List<AlignmentView>>(fetch, '/training/alignments'),
    read<List<{ code: string; name: string }>>(fetch, '/trusts'),
    mayCount ? readIf<ReachPicture>(fetch, '/training/reach') : null,
  ]);
  const now = nowOf(session);
  return {
    competencies: competencies.body.items,
    courses: courses.body.items,
    alignments: alignments.body.items,
    trusts: trusts.body.items,
    trustName: trustNamesOf(trusts.body.items),
    reach: reach?.body ?? null,
    mine: leadOf(session),
    now,
    today: localDayOf(now),
    at: alignments.at,
  };
};
