/** Which tokens are meant: one account of one user at one connection. */
import { ConnectionsError } from '../errors';

/** One account of one user at one connection. */
export interface AccountRef {
  /** The host's own id of the user, compared byte for byte. */
  readonly userId: string;
  /** As declared, compared byte for byte. */
  readonly connectionName: string;
  /** Which of the user's accounts at the provider; `default` where a user has one. */
  readonly account: string;
}

const DEFAULT_ACCOUNT = 'default';

const MAX_CHARACTERS = 255;

/**
 * The key, checked: a part that is missing would match another user's row on some versions of TypeORM, and one that the
 * database shortens or maps would match another user's on some databases.
 * @throws ConnectionsError `account_invalid`
 */
export function accountRef(
  userId: unknown,
  connectionName: unknown,
  account: unknown = DEFAULT_ACCOUNT,
): AccountRef {
  return {
    userId: part('user id', userId),
    connectionName: part('connection name', connectionName),
    account: part('account', account),
  };
}

/** No two keys have the same. */
export function refText({ userId, connectionName, account }: AccountRef): string {
  return JSON.stringify([userId, connectionName, account]);
}

function part(what: string, value: unknown): string {
  const wrong = faultOf(value);
  if (wrong === null) return value as string;
  throw new ConnectionsError(
    'account_invalid',
    `The ${what} ${wrong}. Give 1 to ${MAX_CHARACTERS} characters of well-formed Unicode without NUL.`,
  );
}

function faultOf(value: unknown): string | null {
  if (typeof value !== 'string') return `is of type ${typeof value}, not a text`;
  if (value === '') return 'is empty';
  // A text has no more characters than units; counting them takes longer than all else here.
  if (value.length > MAX_CHARACTERS && Array.from(value).length > MAX_CHARACTERS) return 'is too long';
  if (value.includes('\0')) return 'contains the character NUL';
  if (/\p{Cs}/u.test(value)) return 'contains half of a surrogate pair';
  return null;
}
