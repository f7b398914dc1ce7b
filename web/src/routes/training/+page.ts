import type { AlignmentView, CompetencyView, CourseView } from '@homeward/shared/training/contract.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { read } from '#lib/platform/api.ts';
import { nowOf } from '#lib/wards/client.ts';
import type { PageLoad } from './$types';

interface List<T> {
  items: T[];
}

export const load: PageLoad = async ({ fetch, parent }) => {
  const [competencies, courses, alignments, trusts, { session }] = await Promise.all([
    read<List<CompetencyView>>(fetch, '/training/competencies'),
    read<List<CourseView>>(fetch, '/training/courses'),
    read<List<AlignmentView>>(fetch, '/training/alignments'),
    read<List<{ code: string; name: string }>>(fetch, '/trusts'),
    parent(),
  ]);
  const at = alignments.at;
  return {
    competencies: competencies.body.items,
    courses: courses.body.items,
    alignments: alignments.body.items,
    trusts: trusts.body.items,
    today: localDayOf(nowOf(session)),
    at,
  };
};
