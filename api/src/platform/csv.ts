export type Cell = string | number | null;

/** Text that a spreadsheet would run: its first character says so, whatever blanks stand before it. */
const isFormula = (text: string) => /^[\s\u00a0\ufeff]*[=+\-@＝＋－＠]/u.test(text) || /^[\t\r\n]/.test(text);

/** One cell: nothing for null, quoted where it must be. Text that looks like a formula gets a mark in front, so that it is read and never run. */
function written(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = isFormula(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A table as comma-separated text: a header and rows, lines ended as RFC 4180 has them, formula cells neutralised (quality, section 3). */
export function csvOf(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map((row) => `${row.map(written).join(',')}\r\n`).join('');
}

/** The table as a download of that name. */
export function csvAnswer(name: string, header: readonly string[], rows: readonly (readonly Cell[])[]): Response {
  return new Response(csvOf(header, rows), {
    headers: { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': `attachment; filename="${name}"` },
  });
}
