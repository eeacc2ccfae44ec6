/** Which account is meant: one user's grant at one connection. */
import { ConnectionsError } from '../errors';

/** One account: a user, a connection, and which of the user's accounts there. */
export interface AccountRef<Name extends string = string> {
  /** The host's own id of the user, compared byte for byte. */
  readonly userId: string;
  /** As declared, compared byte for byte. */
  readonly connectionName: Name;
  /** Which of the user's accounts at the connection; `default` unless the host named it. */
  readonly account: string;
}

const DEFAULT_ACCOUNT = 'default';

const MAX_CHARACTERS = 255;

/** User ids of this form are kept for accounts that belong to a group or to the application itself. */
const RESERVED = 'urn:mcp-connections:';

/**
 * The account, checked: a part that is missing would match another user's row on some versions of TypeORM, and one that a
 * database shortens or maps would match another user's there.
 * @throws ConnectionsError `account_invalid`
 */
export function accountRef(
  userId: unknown,
  connectionName: unknown,
  account: unknown = DEFAULT_ACCOUNT,
): AccountRef {
  const ref = {
    userId: part('user id', userId),
    connectionName: part('connection name', connectionName),
    account: part('account', account),
  };
  if (ref.userId.startsWith(RESERVED)) {
    throw new ConnectionsError(
      'account_invalid',
      `A user id must not begin with \`${RESERVED}\`, which is reserved.`,
    );
  }
  return ref;
}

/** Only the three properties that name the account. */
export function refOf({ userId, connectionName, account }: AccountRef): AccountRef {
  return { userId, connectionName, account };
}

/** A text that no two accounts share. */
export function refText({ userId, connectionName, account }: AccountRef): string {
  return JSON.stringify([userId, connectionName, account]);
}

/** Compared byte for byte. */
export function isSameAccount(one: AccountRef, other: AccountRef): boolean {
  return (
    one.userId === other.userId &&
    one.connectionName === other.connectionName &&
    one.account === other.account
  );
}

/** What an error about an account carries. The user id is left out: errors reach logs. */
export function detailsOf({ connectionName, account }: AccountRef) {
  return { connectionName, account };
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
  if (value === undefined) return 'is missing';
  if (typeof value !== 'string') return `is of type ${value === null ? 'null' : typeof value}, not a text`;
  if (value === '') return 'is empty';
  if (value.length <= MAX_CHARACTERS && !UNUSUAL.test(value)) return null;
  // A text has at most as many characters as UTF-16 units; counting them takes longer than all else here.
  if (value.length > MAX_CHARACTERS && Array.from(value).length > MAX_CHARACTERS) return 'is too long';
  if (value.includes('\0')) return 'contains the character NUL';
  if (/\p{Cs}/u.test(value)) return 'contains half of a surrogate pair';
  return null;
}

/** NUL, and surrogates whether or not they are in pairs: few texts have any. */
const UNUSUAL = /[\0\ud800-\udfff]/;
