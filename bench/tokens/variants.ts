/**
 * The programs that are compared on one engine, each reading living tokens from as many rows. They ask for users in the
 * same order, each from another place on, so that none finds the pages that another has just read.
 */
import { createSecretKey, randomBytes } from 'node:crypto';
import type { TokenCipher } from 'mcp-connections';
import { Connections, UserConnectionToken, keyRing } from 'mcp-connections';
import type { DataSource } from 'typeorm';
import type { EngineName } from '../engines';
import { startBetterAuth } from './better-auth/process';
import { declared } from './declared';
import { openFloor } from './floor';
import type { Rate, Read } from './rate';
import { rateOf } from './rate';
import type { User } from './users';
import { ACCOUNT, CONNECTION } from './users';

export const variantNames = ['floor', 'ours', 'ours, not prepared', 'findOneBy', 'better-auth'] as const;
export type VariantName = (typeof variantNames)[number];

/** SQLite's reads are prepared in any case. */
const offered: Readonly<Record<EngineName, readonly VariantName[]>> = {
  sqlite: ['floor', 'ours', 'findOneBy'],
  postgres: variantNames,
  mariadb: ['floor', 'ours', 'ours, not prepared', 'findOneBy'],
};

export interface Variant {
  readonly name: VariantName;
  readonly rate: Rate;
}

export interface TokenVariant extends Variant {
  readonly read: Read;
}

export interface Keys {
  readonly id: string;
  readonly bytes: Buffer;
  readonly cipher: TokenCipher;
}

export function makeKeys(): Keys {
  const id = 'k1';
  const bytes = randomBytes(32);
  return { id, bytes, cipher: keyRing({ current: id, keys: { [id]: bytes } }) };
}

export interface Surroundings {
  readonly engine: EngineName;
  readonly dataSource: DataSource;
  /** For a raw driver. */
  readonly address: string;
  readonly keys: Keys;
  readonly order: readonly User[];
  /** Is given what closes a variant, before the DataSource is destroyed. */
  readonly atEnd: (close: () => Promise<void>) => void;
}

const open: Readonly<
  Record<VariantName, (given: Surroundings, from: number) => Promise<Omit<TokenVariant, 'name'>>>
> = {
  async floor({ engine, address, keys, order, atEnd }, from) {
    const floor = openFloor(engine, address, keys.id, createSecretKey(keys.bytes));
    atEnd(() => floor.close());
    return inThisProcess(({ userId }) => floor.read(userId), order, from);
  },

  ours: (given, from) => ours(given, from, true),

  'ours, not prepared': (given, from) => ours(given, from, false),

  /** What one writes with a repository. */
  async findOneBy({ dataSource, keys, order }, from) {
    const repo = dataSource.getRepository(UserConnectionToken);
    const read: Read = async ({ userId }) => {
      const row = await repo.findOneBy({ userId, connectionName: CONNECTION, account: ACCOUNT });
      if (!row) throw new Error('There is no row for the user.');
      const accessToken = await keys.cipher.decrypt(row.accessTokenEncrypted, {
        table: 'user_connection_tokens',
        column: 'access_token_encrypted',
        row: [row.userId, row.connectionName, row.account],
      });
      return { accessToken, expiresAt: row.expiresAt, scopes: row.scopes?.split(' ') ?? [] };
    };
    return inThisProcess(read, order, from);
  },

  async 'better-auth'({ address, order, atEnd }, from) {
    const { read, rate, close } = await startBetterAuth(address, order.length, from);
    atEnd(close);
    return { read, rate };
  },
};

export async function openVariants(
  chosen: readonly VariantName[],
  given: Surroundings,
): Promise<TokenVariant[]> {
  const names = offered[given.engine].filter((name) => chosen.includes(name));
  const variants: TokenVariant[] = [];
  for (const [index, name] of names.entries()) {
    variants.push({ name, ...(await open[name](given, index / names.length)) });
  }
  return variants;
}

async function ours(
  { dataSource, keys, order, atEnd }: Surroundings,
  from: number,
  preparedStatements: boolean,
): Promise<Omit<TokenVariant, 'name'>> {
  const { cipher } = keys;
  const connections = new Connections({ dataSource, registry: declared() }, { cipher, preparedStatements });
  atEnd(() => connections.close());
  return inThisProcess(({ userId }) => connections.getAccessToken(userId, CONNECTION), order, from);
}

function inThisProcess(read: Read, order: readonly User[], from: number): Omit<TokenVariant, 'name'> {
  return { read, rate: rateOf(read, order, from) };
}
