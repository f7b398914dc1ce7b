/**
 * Does an unsafe request come from our own pages? A browser always says, by `Sec-Fetch-Site` or `Origin`; a program that says
 * neither holds no one else's cookies.
 */
export function isSameOrigin(headers: Headers): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site === 'same-origin' || site === 'none';
  const origin = headers.get('origin');
  return origin === null || isOfHost(origin, headers.get('host'));
}

export function isOfHost(origin: string, host: string | null | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}
