import type { CompetencyView, CourseDetail, CourseView } from '@homeward/shared/training/contract.ts';
import { error } from '@sveltejs/kit';
import { read, readIf } from '#lib/platform/api.ts';
import { trustNamesOf } from '#lib/places/client.ts';
import { leadOf, type List } from '#lib/training/client.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const { session } = await parent();
  const mine = leadOf(session);
  if (mine.length === 0) error(404, 'This is not here, or it is not yours to see.');
  const from = url.searchParams.get('from');
  const [competencies, techniques, courses, trusts, before] = await Promise.all([
    read<List<CompetencyView>>(fetch, '/training/competencies'),
    read<List<{ code: string; title: string }>>(fetch, '/training/techniques'),
    read<List<CourseView>>(fetch, '/training/courses'),
    read<List<{ code: string; name: string }>>(fetch, '/trusts'),
    from ? readIf<CourseDetail>(fetch, `/training/courses/${encodeURIComponent(from)}`) : null,
  ]);
  return {
    mine,
    competencies: competencies.body.items,
    techniques: techniques.body.items,
    courses: courses.body.items,
    trustName: trustNamesOf(trusts.body.items),
    // A version of another trust's course is theirs to describe.
    before: before && mine.includes(before.body.trust) ? before.body : null,
    wantedCompetency: url.searchParams.get('competency'),
    wantedTrust: url.searchParams.get('trust'),
  };
};
