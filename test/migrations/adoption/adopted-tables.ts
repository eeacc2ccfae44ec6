/** What the tables of the original service are once they have been adopted, as tests for each of their generations. */
import type { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import {
  ConnectionConfig,
  ConnectionOAuthState,
  UserConnectionToken,
  connectionEntities,
} from '../../../src/entities';
import { runConnectionMigrations } from '../../../src/migrations';
import { AdoptedDatabase } from '../../setup/adopted-database';
import { describeEachEngine } from '../../setup/database';
import type { Generation } from '../../setup/legacy';
import { rowsOf, tableOf } from '../../setup/legacy';
import { statementLogger } from '../../setup/statements';

const tokenFacts = ({
  id,
  userId,
  connectionName,
  accessTokenEncrypted,
  refreshTokenEncrypted,
}: UserConnectionToken) => ({
  id,
  userId,
  connectionName,
  accessTokenEncrypted,
  refreshTokenEncrypted,
});

export function describeAdoptedTables(generation: Generation): void {
  const adoptedOn = AdoptedDatabase.onEachEngine(generation);

  describeEachEngine('Adoption', (engine) => {
    const adopted = adoptedOn(engine);

    describe(`of generation ${generation} when it is done`, () => {
      it('keeps every user, token and connection, and the encrypted texts to the letter', async () => {
        const { dataSource } = adopted;
        expect(adopted.ran).toEqual(['CreateConnectionTables1795305600000']);
        const tokens = await dataSource.getRepository(UserConnectionToken).find({ order: { id: 'ASC' } });
        expect(tokens.map(tokenFacts)).toEqual(
          adopted.before['user_connection_tokens']?.map((row) => ({
            id: row['id'],
            userId: row['user_id'],
            connectionName: row['connection_name'],
            accessTokenEncrypted: row['access_token_encrypted'],
            refreshTokenEncrypted: row['refresh_token_encrypted'],
          })),
        );
        expect(tokens).toHaveLength(3);
        expect(await rowsOf(dataSource, 'users')).toEqual(adopted.before['users']);
        const configs = await dataSource.getRepository(ConnectionConfig).find({ order: { name: 'ASC' } });
        expect(
          configs.map(({ name, enabled, transport, managedBy }) => ({ name, enabled, transport, managedBy })),
        ).toEqual(
          generation === 'b'
            ? []
            : [
                { name: 'atlassian', enabled: true, transport: 'streamable-http', managedBy: null },
                { name: 'github', enabled: false, transport: 'sse', managedBy: null },
                { name: 'retired', enabled: true, transport: 'sse', managedBy: null },
              ],
        );
      });

      it('rewrites instants: `expires_at` as UTC, the others in the zone that was named', async () => {
        const { dataSource } = adopted;
        const tokens = await dataSource.getRepository(UserConnectionToken).find({ order: { id: 'ASC' } });
        expect(tokens.map(({ expiresAt, createdAt }) => [expiresAt, createdAt])).toEqual([
          [new Date('2025-12-01T12:43:13.500Z'), new Date('2025-12-01T16:43:13.500Z')],
          [null, new Date('2025-11-25T14:00:00.000Z')],
          [new Date('2099-01-01T00:00:00.000Z'), expect.any(Date)],
        ]);
      });

      it('drops the foreign keys on connection names and leaves the one to users', async () => {
        const { dataSource } = adopted;
        for (const entity of [UserConnectionToken, ConnectionOAuthState]) {
          const { foreignKeys } = await tableOf(dataSource, entity);
          expect(foreignKeys.map(({ columnNames }) => columnNames)).toEqual([['user_id']]);
        }
      });

      it('empties the states in flight and says how many there were', async () => {
        const { dataSource } = adopted;
        expect(await dataSource.getRepository(ConnectionOAuthState).count()).toBe(0);
        expect(adopted.logger.lines).toContainEqual(
          expect.stringMatching(/^warn: Unfinished authorizations of another program were deleted: 2\./),
        );
      });

      it('lets one user have two accounts at a connection, and not one account twice', async () => {
        const { dataSource } = adopted;
        const repo = dataSource.getRepository(UserConnectionToken);
        const { id: _id, ...found } = await repo.findOneByOrFail({ id: 't-1' });
        const token = { ...found, providerMetadata: null };
        await repo.insert({ ...token, id: 'second', account: 'work' });
        await expect(repo.insert({ ...token, id: 'third', account: 'work' })).rejects.toThrow(
          /unique|duplicate/i,
        );
        expect(await repo.count()).toBe(4);
        await repo.delete({ id: 'second' });
      });

      it('gives tables that equal the entities in every column, but for what a kept foreign key holds and the width of dates', async () => {
        const { dataSource, fresh } = adopted;
        for (const entity of connectionEntities) {
          const facts = async (from: DataSource) => {
            const { columns } = await tableOf(from, entity);
            return columns
              .filter(({ name }) => !(engine === 'mariadb' && name === 'user_id'))
              .map(({ name, type, length, isNullable, isPrimary, collation, ...column }) => ({
                name,
                type,
                // Of a date, which MariaDB does not narrow.
                length: engine === 'mariadb' && from === dataSource && length === '26' ? '24' : length,
                isNullable,
                isPrimary,
                collation,
                default: column.default,
              }))
              .toSorted((a, b) => (a.name < b.name ? -1 : 1));
          };
          expect(await facts(dataSource)).toEqual(await facts(fresh));
        }
      });

      it('is done once: the second start changes nothing', async () => {
        const { dataSource } = adopted;
        const sent: string[] = [];
        const again = { ...dataSource.options, logging: true, logger: statementLogger(sent) } as never;
        const { DataSource: Another } = await import('typeorm');
        const second = await new Another(again).initialize();
        sent.length = 0;
        expect(await runConnectionMigrations(second)).toEqual([]);
        expect(sent.filter((sql) => /\b(INSERT|UPDATE|DELETE|ALTER|CREATE|DROP)\b/.test(sql))).toEqual([]);
        await second.destroy();
      });
    });
  });
}
