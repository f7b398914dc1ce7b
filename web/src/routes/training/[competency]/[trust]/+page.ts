import { error } from '@sveltejs/kit';
import type { AlignmentView, CompetencyView, CourseView, PeriodView } from '@homeward/shared/training/contract.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { read, readIf } from '#lib/platform/api.ts';
import { trustNamesOf } from '#lib/places/client.ts';
import { coursesOf, isOneOf, leadOf, type List } from '#lib/training/client.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, parent }) => {
  const { session } = await parent();
  const seesHistory = isOneOf(session, 'training-lead', 'programme', 'auditor', 'administrator');
  const [competencies, courses, alignments, trusts, techniques, periods] = await Promise.all([
    read<List<CompetencyView>>(fetch, '/training/competencies'),
    read<List<CourseView>>(fetch, '/training/courses'),
    read<List<AlignmentView>>(fetch, '/training/alignments'),
    read<List<{ code: string; name: string }>>(fetch, '/trusts'),
    read<List<{ code: string; title: string }>>(fetch, '/training/techniques'),
    seesHistory ? readIf<List<PeriodView>>(fetch, `/training/periods?competency=${encodeURIComponent(params.competency)}`) : null,
  ]);
  const competency = competencies.body.items.find(({ code }) => code === params.competency);
  if (!competency) error(404, 'This is not here, or it is not yours to see.');
  return {
    competency,
    trust: params.trust,
    isMine: leadOf(session).includes(params.trust),
    hasMany: leadOf(session).length > 1,
    courses: coursesOf(params.trust, params.competency, courses.body.items, alignments.body.items),
    periods: periods?.body.items ?? null,
    techniques: techniques.body.items,
    trustName: trustNamesOf(trusts.body.items),
    today: localDayOf(nowOf(session)),
    at: alignments.at,
  };
};
