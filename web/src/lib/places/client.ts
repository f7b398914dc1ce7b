/** A trust as people say it: "Leeds and York Partnership", without the words that all of them end with. */
export function sayTrust(name: string): string {
  return name.replace(/ (NHS )?(Foundation )?(Trust)$/i, '').replace(/ NHS$/, '');
}

/** Names by ODS code, for lists that carry only the code. */
export function trustNamesOf(trusts: readonly { code: string; name: string }[]): (code: string) => string {
  const names = new Map(trusts.map((trust) => [trust.code, sayTrust(trust.name)]));
  return (code) => names.get(code) ?? code;
}
