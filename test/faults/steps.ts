/** Names the steps of a start by the SQL that is about to be sent, for a person who reads what went wrong. */

/** @param statements every statement of the start @param before position from 1 of the one that is about to be sent */
export function stepName(statements: readonly string[], before: number): string {
  const past = statements.slice(0, before - 1);
  const next = statements[before - 1] ?? '';
  const has = (pattern: RegExp, sql: readonly string[]) => sql.some((one) => pattern.test(one));
  const isDdl = /^(CREATE|ALTER|DROP) (TABLE|INDEX|UNIQUE)/i;
  const name = () => {
    if (/^COMMIT/i.test(next)) return 'before commit';
    if (/^(START TRANSACTION|BEGIN)/i.test(next)) return 'before a transaction';
    if (/advisory_xact_lock|GET_LOCK/i.test(next)) return 'before the lock';
    if (has(/RELEASE_LOCK/i, past)) return 'in the middle of a sync';
    if (
      /connection_configs/i.test(next) &&
      /^(INSERT|UPDATE|SELECT .*(?:FOR UPDATE|managedBy))/i.test(next)
    ) {
      return 'in the middle of a sync';
    }
    if (isDdl.test(next) && has(isDdl, past)) return 'between DDL statements';
    if (/advisory_xact_lock|GET_LOCK|BEGIN IMMEDIATE/i.test(past.at(-1) ?? '')) return 'after the lock';
    return has(isDdl, past) ? 'after DDL statements' : 'before DDL statements';
  };
  const shown = next.replaceAll(/\s+/g, ' ').slice(0, 60);
  return `${name()}, at statement ${before} of ${statements.length} (${shown})`;
}
