import type { ImportKind, ImportProblem, ImportReport } from '@homeward/shared/imports/contract.ts';

interface KindOfFile {
  title: string;
  says: string;
  columns: string[];
}

/** Which columns each kind of file takes (handbook, contract section 4), in the words of the page. Their order in the file doesn't matter. */
export const kinds: Record<ImportKind, KindOfFile> = {
  workers: {
    title: 'Workers',
    says: 'Who is on the bank, with their registration and employment checks.',
    columns:
      'staff_number, trust, name, email, role, band, staff_group, bank_from, bank_until, registration_body, registration_number, registration_field, registration_until, identity_checked_on, right_to_work_checked_on, right_to_work_until, qualifications_checked_on, references_checked_on, dbs_checked_on, dbs_until, work_health_cleared_on, joined_on, home_outward_code, consents_to_share, opt_out_from, opt_out_until, works_down'.split(
        ', ',
      ),
  },
  courses: {
    title: 'Courses',
    says: 'What each trust teaches, in which version, and until when its provider is certified.',
    columns: 'trust, code, version, title, meets, provider, certified_until, use_of_force'.split(', '),
  },
  'training-records': {
    title: 'Training records',
    says: 'Who completed which course, and when.',
    columns: 'staff_number, trust, course_trust, course_code, course_version, completed_on, evidence'.split(', '),
  },
  requirements: {
    title: 'Ward requirements',
    says: 'Which training each ward asks for, of whom, and how many must hold it on a shift.',
    columns: 'trust, ward_code, competency, role, minimum_on_shift'.split(', '),
  },
  roster: {
    title: 'Roster',
    says: 'Duties already worked or planned, from the trust’s own roster.',
    columns: 'staff_number, trust, ward_code, starts_at, ends_at, break_minutes, kind, external_id'.split(', '),
  },
  wards: {
    title: 'Wards',
    says: 'The wards of each site: kind of bed, sex, age group, security and beds.',
    columns: 'trust, site, code, name, bed_type, sex, age_group, security_level, locked, beds'.split(', '),
  },
  beds: {
    title: 'Beds',
    says: 'Each bed of a ward and the state it is in.',
    columns: 'ward_code, label, state, reason'.split(', '),
  },
};

export const mostBytes = 50 * 1024 * 1024;

export type ImportMode = 'check' | 'apply';

/** How far the file is: on its way, or in one of the server's own phases. */
export type ImportProgress = { phase: 'sending'; sentBytes: number; totalBytes: number } | { phase: string; rows: number };

/** A refusal of the whole file: not signed in, too big, not UTF-8, too many at once. */
export interface ImportRefusal {
  code: string;
  title: string;
  detail?: string;
  retryAfterSeconds?: number;
}

export type ImportAnswer = { report: ImportReport } | { refusal: ImportRefusal } | { lost: true };

/**
 * Sends the file and tells how far it is. XMLHttpRequest, since fetch doesn't say how much of a body has gone.
 * `lost` means the line dropped before the answer: nothing is known, and sending the same file again is always safe.
 */
export function sendImport(
  kind: ImportKind,
  mode: ImportMode,
  file: File,
  idempotencyKey: string,
  onProgress: (progress: ImportProgress) => void,
  signal: AbortSignal,
): Promise<ImportAnswer> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    let read = 0;
    let report: ImportReport | null = null;
    /** Whole lines only: the last one may still be on its way. */
    const readLines = (all: boolean) => {
      const text = request.responseText;
      const end = all ? text.length : text.lastIndexOf('\n') + 1;
      for (const line of text.slice(read, end).split('\n')) {
        if (line.trim() === '') continue;
        const said = JSON.parse(line) as ImportReport | { phase: string; rows: number };
        if ('phase' in said) onProgress(said);
        else report = said;
      }
      read = end;
    };
    request.upload.onprogress = (event) => onProgress({ phase: 'sending', sentBytes: event.loaded, totalBytes: event.total });
    request.onprogress = () => {
      if (request.getResponseHeader('content-type')?.includes('ndjson')) readLines(false);
    };
    request.onerror = request.onabort = request.ontimeout = () => resolve({ lost: true });
    request.onload = () => {
      try {
        const type = request.getResponseHeader('content-type') ?? '';
        if (type.includes('problem+json') || (request.status >= 400 && !type.includes('ndjson'))) {
          const problem = JSON.parse(request.responseText) as ImportRefusal & { report?: ImportReport };
          // Applying a file with a problem answers 422 with the same report as checking it (handbook, contract section 4).
          if ('problems' in problem) return resolve({ report: problem as unknown as ImportReport });
          if (problem.report) return resolve({ report: problem.report });
          const wait = Number(request.getResponseHeader('retry-after'));
          return resolve({ refusal: { ...problem, ...(wait > 0 ? { retryAfterSeconds: wait } : {}) } });
        }
        readLines(true);
        resolve(report ? { report } : { lost: true });
      } catch {
        // An answer cut short isn't one: the page says so and offers to send the file again.
        resolve({ lost: true });
      }
    };
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.open('POST', `/api/v1/imports/${kind}?mode=${mode}`);
    request.setRequestHeader('content-type', 'text/csv');
    request.setRequestHeader('accept', 'application/x-ndjson');
    if (mode === 'apply') request.setRequestHeader('idempotency-key', idempotencyKey);
    request.send(file);
  });
}

/** A cell that a spreadsheet would run as a formula gets a quote before it, and quotes where CSV needs them. */
function csvCell(value: string | number): string {
  const text = String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function problemsAsCsv(problems: ImportProblem[]): string {
  const rows = problems.map((problem) => [problem.line, problem.column, problem.code, problem.message].map(csvCell).join(','));
  // The mark at the front tells a spreadsheet that this is UTF-8.
  return `\uFEFF${['line,column,code,reason', ...rows].join('\r\n')}\r\n`;
}
