/** Values that a host's program gives, where a type alone does not keep a mistake out. */
import { ConnectionsError } from '../errors';

const MOST_MS = 2_147_483_647;
const MOST_ROWS = 100_000;

/** @throws ConnectionsError `option_invalid` */
export function milliseconds(name: string, value: number | undefined, byDefault: number): number {
  return checked(name, value ?? byDefault, MOST_MS, 'milliseconds');
}

/** @throws ConnectionsError `option_invalid` */
export function rowCount(name: string, value: number | undefined, byDefault: number): number {
  return checked(name, value ?? byDefault, MOST_ROWS, 'rows');
}

/** @throws ConnectionsError `option_invalid` */
export function callbackPath(value: string): string {
  if (/^\/(?![/\\])[^?#\s\\]*$/.test(value)) return value;
  throw new ConnectionsError('option_invalid', '`callbackPath` must be a path that begins with one slash.');
}

/** @throws ConnectionsError `option_invalid` */
export function scopeList(value: readonly string[]): readonly string[] {
  const isSound =
    Array.isArray(value) && value.every((one) => typeof one === 'string' && /^[!#-[\]-~]+$/.test(one));
  if (isSound) return value;
  throw new ConnectionsError(
    'option_invalid',
    '`scopes` must be a list of scopes as RFC 6749 section 3.3 has them: printable ASCII without spaces.',
  );
}

function checked(name: string, value: number, most: number, unit: string): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new ConnectionsError(
    'option_invalid',
    `\`${name}\` must be a whole number of ${unit} from 1 to ${most}.`,
  );
}
