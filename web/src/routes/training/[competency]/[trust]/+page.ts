import { error } from '@sveltejs/kit';
import type { AlignmentView, CompetencyView, CourseView } from '@homeward/shared/training/contract.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { read } from '#lib/platform/api.ts';
import { trustNamesOf } from '#lib/places/client.ts';
import { coursesOf } from '#lib/training/client.ts';
import { nowOf } from '#lib/wards/client.ts';
import type { PageLoad } from './$types';

interface List<T> {
  items: T[];
}

export const load: PageLoad = async ({ fetch, params, parent }) => {
  const [competencies, courses, alignments, trusts, { session }] = await Promise.all([
    read<List<CompetencyView>>(fetch, '/training/competencies'),
    read<List<CourseView>>(fetch, '/training/courses'),
    read<List<AlignmentView>>(fetch, '/training/alignments'),
    read<List<{ code: string; name: string }>>(fetch, '/trusts'),
    parent(),
  ]);
  const competency = competencies.body.items.find(({ code }) => code === params.competency);
  if (!competency) error(404, 'This is not here, or it is not yours to see.');
  return {
    competency,
    trust: params.trust,
    courses: coursesOf(params.trust, params.competency, courses.body.items, alignments.body.items),
    trustName: trustNamesOf(trusts.body.items),
    today: localDayOf(nowOf(session)),
    at: alignments.at,
  };
};
