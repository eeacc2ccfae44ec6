/**
 * Whose tokens are read, and in which order. All that a user has follows from the user's number, so that the answer of
 * any program can be checked, in any process.
 */
import { createHash } from 'node:crypto';

/** In every row, and on the way to each token. */
export const CONNECTION = 'atlassian';
export const ACCOUNT = 'default';
/** Of a user who has a row at each. */
export const CONNECTIONS = [
  CONNECTION,
  ...Array.from({ length: 9 }, (_, index) => `connection-${index + 2}`),
];
export const SCOPES = ['read:work', 'write:work', 'offline_access'];
export const EXPIRES_AT = '2099-12-31T23:59:59.000Z';

/** Of a token's random bytes, which are 1,024 characters as text. */
const TOKEN_BYTES = 768;

export interface User {
  readonly number: number;
  /** Of the user's row of tokens. */
  readonly rowId: string;
  readonly userId: string;
}

/** @param first number of the first */
export function makeUsers(n: number, first = 0): User[] {
  return Array.from({ length: n }, (_, index) => {
    const number = first + index;
    return { number, rowId: idOf(`row ${number}`), userId: idOf(`user ${number}`) };
  });
}

/** Looks like a UUID. */
export function idOf(text: string): string {
  const digits = createHash('sha256').update(text).digest('hex');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

export function tokenOf({ number }: User, kind: 'access' | 'refresh'): string {
  const hash = createHash('shake256', { outputLength: TOKEN_BYTES });
  return hash.update(`${kind} ${number}`).digest('base64url');
}

/** The same each time: users in no order, none twice before all were there. */
export function shuffled(users: readonly User[]): User[] {
  const random = generator(1);
  const list = [...users];
  for (let last = list.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [list[last], list[other]] = [list[other] as User, list[last] as User];
  }
  return list;
}

/** Mulberry32: numbers from 0 to 1 that are the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
