/** What a step of a walk asks for: a statement, and at most one thing in it that is not as it is in the table. */
import { randomUUID } from 'node:crypto';
import type { StoredToken } from '../../src/tokens/token-row';
import type { Values, ofFlows, ofRows } from './statements';
import type { Lease, Row } from './rows';

export interface WalkStep {
  readonly name: keyof typeof ofRows | keyof typeof ofFlows | 'insert' | 'begin';
  /** Which row or flow, by its place. */
  readonly place: number;
  readonly wrong: 'nothing' | 'id' | 'generation' | 'claimed' | 'access' | 'user';
  /** What the lease is before. */
  readonly lease: Lease | 'as it is';
  /** Whether a put ends a flow, and a rewrite changes the user. */
  readonly hasFlow: boolean;
  /** Whether the flow to take has expired, or the tokens to write cannot be used. */
  readonly isExpired: boolean;
  /** Whether the tokens to write come without a refresh token. */
  readonly keepsRefresh: boolean;
}

const users = ['ada', 'bob', 'eve'] as const;

export function userAt(place: number): string {
  return users[place % users.length] ?? 'ada';
}

export const allUsers: readonly string[] = users;

/** The row as the statement says that it was read. */
export function seenBy({ wrong }: WalkStep, row: Row): Row {
  switch (wrong) {
    case 'id':
      return { ...row, id: randomUUID() };
    case 'generation':
      return { ...row, generation: row.generation + 1 };
    case 'claimed':
      return { ...row, claimed: row.claimed + 1 };
    case 'access':
      return { ...row, access: 'other' };
    default:
      return row;
  }
}

export function tokenSeen(token: StoredToken, { id, generation, claimed, access }: Row): StoredToken {
  return { ...token, id, generation, claimedGeneration: claimed, accessTokenEncrypted: access };
}

/** @param number that makes the texts different from all others */
export function valuesBy({ keepsRefresh, hasFlow, isExpired }: WalkStep, number: number): Values {
  return {
    access: `access-${number}`,
    refresh: keepsRefresh ? undefined : `refresh-${number}`,
    life: isExpired ? 'expired' : 'fresh',
    fingerprint: hasFlow ? 'f' : 'g',
    isUsable: !isExpired,
  };
}
