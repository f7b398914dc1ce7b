import { sql, type RawBuilder } from 'kysely';
import { v7 as newId } from 'uuid';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import type { Organisations } from '@homeward/shared/imports/contract.ts';
import { announce } from '../platform/announce.ts';
import { changeGround } from '../platform/ground.ts';
import type { Platform } from '../platform/platform.ts';
import { ok, refuse, type Result } from '../platform/problem.ts';
import { transact, type Trx } from '../platform/transaction.ts';

/**
 * Loads trusts, collaboratives, places, sites, banks, agreements, settings, techniques, competencies and their standards, reasons, code lists,
 * service lines and bed settings, all of the file or nothing.
 * What has a code is added, or brought up to date; what is dated is added where the same row isn't there already, so the same file
 * again changes nothing, nor does it bring back what was ended since. Days are local days, both ends included; agreements of a file are signed by
 * both sides. All of it is known from the instant it was loaded.
 * Refused: a row that names what isn't there, or that overlaps in time with another of its kind (409, naming the rule it breaks).
 */
export async function loadOrganisations(platform: Platform, file: Organisations): Promise<Result<{ added: number }>> {
  try {
    return await transact(platform, null, async (trx) => {
      const at = await changeGround(trx, platform.clock);
      const added = (await addAll(trx, file, at)) + (await addStandards(trx, file, at)) + (await addBedGround(trx, file, at));
      if (added > 0) announce(trx, { type: 'import.applied', at, accountId: null, data: { kind: 'organisations', rows: added } });
      return ok({ added });
    });
  } catch (error) {
    const { constraint, detail } = error as { constraint?: string; detail?: string };
    if (constraint === undefined) throw error;
    return refuse(409, 'not-consistent', `Nothing was loaded. ${constraint.replaceAll('_', ' ')}: ${detail ?? 'see the row'}`);
  }
}

/** Who signed an agreement that came with a file: it was agreed before it was loaded. */
const fromFile = 'Loaded from a file';

async function addAll(trx: Trx, file: Organisations, at: Instant): Promise<number> {
  const recordedAt = rfc3339(at);
  let added = 0;
  const add = async (statement: RawBuilder<unknown>) => {
    added += Number((await statement.execute(trx)).numAffectedRows ?? 0n);
  };
  const days = ({ from, until }: { from: string; until: string | null }) => sql`daterange(${from}::date, ${until}::date, '[]')`;

  for (const { code, name, short, independent, source = null } of file.trusts) {
    await add(sql`insert into trust (ods_code, name, short, independent, source) values (${code}, ${name}, ${short}, ${independent}, ${source})
      on conflict (ods_code) do update set name = excluded.name, short = excluded.short, independent = excluded.independent, source = excluded.source
      where (trust.name, trust.short, trust.independent, trust.source) is distinct from (excluded.name, excluded.short, excluded.independent, excluded.source)`);
  }
  for (const { code, name, members } of file.collaboratives) {
    await add(sql`insert into collaborative (id, code, name) values (${newId()}, ${code}, ${name})
      on conflict (code) do update set name = excluded.name where collaborative.name <> excluded.name`);
    for (const member of members) {
      await add(sql`insert into collaborative_member (id, collaborative_id, trust, days, recorded_at)
        select ${newId()}, c.id, ${member.trust}, ${days(member)}, ${recordedAt} from collaborative c where c.code = ${code} and not exists (
          select 1 from collaborative_member m where m.collaborative_id = c.id and m.trust = ${member.trust} and m.days = ${days(member)})`);
    }
  }
  for (const { short, name, latitude, longitude, insideIcb, source } of file.places) {
    await add(sql`insert into place (short, name, latitude, longitude, inside_icb, verified, source)
      values (${short}, ${name}, ${latitude}, ${longitude}, ${insideIcb}, true, ${source}) on conflict (short) do nothing`);
  }
  for (const { code, latitude, longitude, source } of file.outwardCodes) {
    await add(sql`insert into outward_code (code, latitude, longitude, source) values (${code}, ${latitude}, ${longitude}, ${source})
      on conflict (code) do nothing`);
  }
  for (const { code, trust, name, place, postcode, latitude, longitude, source } of file.sites) {
    await add(sql`insert into site (code, trust, name, place, postcode, latitude, longitude, verified, source)
      values (${code}, ${trust}, ${name}, ${place}, ${postcode}, ${latitude}, ${longitude}, true, ${source}) on conflict (code) do nothing`);
  }
  for (const { code, name, staffGroups, members } of file.banks) {
    await add(sql`insert into bank (id, code, name) values (${newId()}, ${code}, ${name})
      on conflict (code) do update set name = excluded.name where bank.name <> excluded.name`);
    for (const staffGroup of staffGroups) {
      await add(
        sql`insert into bank_staff_group (bank_id, staff_group, recorded_at) select id, ${staffGroup}, ${recordedAt} from bank where code = ${code} on conflict do nothing`,
      );
    }
    for (const member of members) {
      await add(sql`insert into bank_member (id, bank_id, trust, days, recorded_at)
        select ${newId()}, b.id, ${member.trust}, ${days(member)}, ${recordedAt} from bank b where b.code = ${code} and not exists (
          select 1 from bank_member m where m.bank_id = b.id and m.trust = ${member.trust} and m.days = ${days(member)})`);
    }
  }
  for (const agreement of file.agreements) {
    const { homeTrust, hostTrust, staffGroup } = agreement;
    await add(sql`insert into sharing_agreement (id, home_trust, host_trust, staff_group, days, recorded_at, home_signed_at, home_signed_by,
        host_signed_at, host_signed_by)
      select ${newId()}, ${homeTrust}, ${hostTrust}, ${staffGroup}, ${days(agreement)}, ${recordedAt}, ${recordedAt}, ${fromFile}, ${recordedAt}, ${fromFile}
      where not exists (
        select 1 from sharing_agreement where home_trust = ${homeTrust} and host_trust = ${hostTrust} and staff_group = ${staffGroup}
          and days = ${days(agreement)})`);
  }
  for (const setting of file.settings) {
    const { trust, shortNoticeMinutes, weeklyCapMinutes } = setting;
    await add(sql`insert into trust_setting (id, trust, short_notice_minutes, weekly_cap_minutes, days, recorded_at)
      select ${newId()}, ${trust}, ${shortNoticeMinutes}, ${weeklyCapMinutes}::int, ${days(setting)}, ${recordedAt} where not exists (
        select 1 from trust_setting where trust = ${trust} and days = ${days(setting)} and short_notice_minutes = ${shortNoticeMinutes}
          and weekly_cap_minutes is not distinct from ${weeklyCapMinutes}::int)`);
  }
  for (const { code, title, useOfForce, collaborative, periods } of file.competencies) {
    const { rows } = await sql`select 1 from collaborative where code = ${collaborative}`.execute(trx);
    if (rows.length === 0)
      throw Object.assign(new Error('unknown collaborative'), {
        constraint: 'a_competency_belongs_to_a_collaborative',
        detail: collaborative,
      });
    await add(sql`insert into competency (code, collaborative_id, title, use_of_force)
      select ${code}, id, ${title}, ${useOfForce} from collaborative where code = ${collaborative} on conflict (code) do nothing`);
    for (const period of periods) {
      await add(sql`insert into competency_period (id, competency, trust, months, days, recorded_at)
        select ${newId()}, ${code}, ${period.trust}, ${period.months}, ${days(period)}, ${recordedAt} where not exists (
          select 1 from competency_period where competency = ${code} and trust = ${period.trust} and months = ${period.months} and days = ${days(period)})`);
    }
  }
  for (const [position, { code, title, industrialAction }] of file.shiftReasons.entries()) {
    await add(sql`insert into shift_reason (code, title, position, industrial_action) values (${code}, ${title}, ${position}, ${industrialAction})
      on conflict (code) do nothing`);
  }
  for (const [position, { code, title, side }] of file.cancelReasons.entries()) {
    await add(
      sql`insert into cancel_reason (code, title, position, side) values (${code}, ${title}, ${position}, ${side}) on conflict (code) do nothing`,
    );
  }
  return added;
}

/**
 * The list of techniques, and the standard of each competency the file gives one: another than it has replaces it from `at` on, and the one
 * before stays. A technique that isn't on the list can't be asked for.
 */
async function addStandards(trx: Trx, { techniques, competencies }: Organisations, at: Instant): Promise<number> {
  let added = 0;
  for (const [position, { code, title }] of techniques.entries()) {
    const { numAffectedRows } = await sql`insert into technique (code, title, position) values (${code}, ${title}, ${position})
      on conflict (code) do update set title = excluded.title, position = excluded.position
      where (technique.title, technique.position) is distinct from (excluded.title, excluded.position)`.execute(trx);
    added += Number(numAffectedRows ?? 0n);
  }
  for (const { code, standard } of competencies) {
    if (!standard) continue;
    const unknown = await sql<{ code: string }>`select code from unnest(${standard.techniques}::text[]) as asked(code)
      where not exists (select 1 from technique t where t.code = asked.code)`.execute(trx);
    if (unknown.rows[0]) {
      throw Object.assign(new Error('unknown technique'), {
        constraint: 'a_standard_asks_for_techniques_of_the_list',
        detail: `${code}: ${unknown.rows[0].code}`,
      });
    }
    const { minimumMinutes, refresherMonths, refresherMinutes, source } = standard;
    const { rows } = await sql`select 1 from competency_standard where competency = ${code} and replaced_at is null
      and (minimum_minutes, techniques, refresher_months, refresher_minutes, source) is not distinct from
        (${minimumMinutes}::int, ${standard.techniques}::text[], ${refresherMonths}::int, ${refresherMinutes}::int, ${source}::text)`.execute(
      trx,
    );
    if (rows.length > 0) continue;
    await sql`update competency_standard set replaced_at = ${new Date(at)} where competency = ${code} and replaced_at is null`.execute(trx);
    await sql`insert into competency_standard (id, competency, minimum_minutes, techniques, refresher_months, refresher_minutes, source, recorded_at)
      values (${newId()}, ${code}, ${minimumMinutes}, ${standard.techniques}, ${refresherMonths}, ${refresherMinutes}, ${source}, ${new Date(at)})`.execute(
      trx,
    );
    added += 1;
  }
  return added;
}

/** The code lists in their order, the service lines with who leads them and who takes part, and the clocks a trust has set for its beds. */
async function addBedGround(trx: Trx, { codes, serviceLines, bedSettings }: Organisations, at: Instant): Promise<number> {
  let added = 0;
  const add = async (statement: RawBuilder<unknown>) => {
    added += Number((await statement.execute(trx)).numAffectedRows ?? 0n);
  };
  const listed = Object.entries(codes).flatMap(([list, of]) => of.map((code, position) => ({ list, position, ...code })));
  await add(sql`insert into code (list, code, title, position, detail, source)
    select list, code, title, position, detail, source
    from jsonb_to_recordset(${JSON.stringify(listed)}::jsonb) as x(list text, code text, title text, position int, detail jsonb, source text)
    on conflict (list, code) do update set title = excluded.title, position = excluded.position, detail = excluded.detail, source = excluded.source
    where (code.title, code.position, code.detail, code.source) is distinct from (excluded.title, excluded.position, excluded.detail, excluded.source)`);
  for (const [position, { code, name, lead, bedTypes, source, partners }] of serviceLines.entries()) {
    await add(sql`insert into service_line (id, code, name, lead_trust, bed_types, position, source)
      values (${newId()}, ${code}, ${name}, ${lead}, ${bedTypes}, ${position}, ${source})
      on conflict (code) do update set name = excluded.name, lead_trust = excluded.lead_trust, bed_types = excluded.bed_types,
        position = excluded.position, source = excluded.source
      where (service_line.name, service_line.lead_trust, service_line.bed_types, service_line.position, service_line.source)
        is distinct from (excluded.name, excluded.lead_trust, excluded.bed_types, excluded.position, excluded.source)`);
    for (const { trust, from, until } of partners) {
      const days = sql`daterange(${from}::date, ${until}::date, '[]')`;
      await add(sql`insert into service_line_partner (id, service_line_id, trust, days)
        select ${newId()}, l.id, ${trust}, ${days} from service_line l where l.code = ${code} and not exists (
          select 1 from service_line_partner p where p.service_line_id = l.id and p.trust = ${trust} and p.days = ${days})`);
    }
  }
  for (const { trust, from, reason, ...setting } of bedSettings) {
    const { rows } =
      await sql`select 1 from bed_setting where trust = ${trust} and from_at = ${from} and due_times = ${setting.dueTimes}::text[]
      and (fresh_minutes, grace_minutes, hold_minutes, extension_minutes, answer_minutes, arrival_minutes, asking_minutes, review_days) =
        (${setting.freshMinutes}::int, ${setting.graceMinutes}::int, ${setting.holdMinutes}::int, ${setting.extensionMinutes}::int,
         ${setting.answerMinutes}::int, ${setting.arrivalMinutes}::int, ${setting.askingMinutes}::int, ${setting.reviewDays}::int)
      and sex_rules = ${JSON.stringify(setting.sexRules)}::jsonb and ranking_terms = ${setting.rankingTerms}::text[]`.execute(trx);
    if (rows.length > 0) continue;
    await trx
      .insertInto('bedSetting')
      .values({ id: newId(), trust, reason, fromAt: from, recordedAt: rfc3339(at), ...setting, sexRules: JSON.stringify(setting.sexRules) })
      .execute();
    added += 1;
  }
  return added;
}
