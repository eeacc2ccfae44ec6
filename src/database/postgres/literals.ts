/** Values written into a text of several statements, which cannot have parameters. */
import type { PostgresClient } from './client';
import type { Statement } from '../statement';

/** A statement with its values in place of the placeholders. */
export function written({ sql, parameters = [] }: Statement, client: Escapes): string {
  return sql.replace(/\$(\d+)/g, (_all, place: string) => literalOf(parameters[Number(place) - 1], client));
}

type Escapes = Pick<PostgresClient, 'escapeLiteral'>;

/**
 * The driver's `escapeLiteral` is slow for long text such as tokens, so it is called only where something needs escaping.
 * @throws TypeError for a value of another kind, which would be written as something else
 */
export function literalOf(value: unknown, client: Escapes): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') throw new TypeError(`A parameter is of an unknown kind: ${typeof value}`);
  return value.includes("'") || value.includes('\\') ? client.escapeLiteral(value) : `'${value}'`;
}
