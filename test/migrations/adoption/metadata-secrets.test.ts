/**
 * The original service wrote the client's secret into the metadata of every token; no other value is touched.
 *
 * @module-tag long
 */
import { expect, it } from 'vitest';
import { runConnectionMigrations } from '../../../src/migrations';
import { describeEachEngine } from '../../setup/database';
import { legacyDatabase, rowsOf, runInSchema } from '../../setup/legacy';
import { recordingLogger } from '../../setup/recording-logger';

const tokens = 'user_connection_tokens';

describeEachEngine('Metadata of adopted tokens', (engine) => {
  it('loses the secrets in it, and a warning says how many', async () => {
    const dataSource = await legacyDatabase(engine, 'a');
    await runInSchema(dataSource, [
      `UPDATE ${tokens} SET provider_metadata = '{"cloud_id": "c-1", "client_secret": "s3cret", "site": {"client_secret": "s4"}}' WHERE id = 't-1'`,
      `UPDATE ${tokens} SET provider_metadata = '{"cloud_id":   "c-2"}' WHERE id = 't-2'`,
      `UPDATE ${tokens} SET provider_metadata = '["client_secret"]' WHERE id = 't-3'`,
    ]);
    const logger = recordingLogger();
    await runConnectionMigrations(dataSource, { logger });
    const rows = await rowsOf(dataSource, tokens);
    expect(rows.map((row) => row['provider_metadata'])).toEqual([
      '{"cloud_id": "c-1", "site": {}}',
      '{"cloud_id":   "c-2"}',
      '["client_secret"]',
    ]);
    expect(logger.lines).toContainEqual(
      expect.stringMatching(
        /^warn: Secrets in clear were removed from "provider_metadata".*: 2, in 1 rows \("client_secret"\)\./,
      ),
    );
    expect(logger.lines.join()).not.toContain('s3cret');
  });

  it('keeps numbers as they are written, and is searched in lists, in JSON texts and after blanks', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const dataSource = await legacyDatabase(engine, 'a', [
      `ALTER TABLE ${tokens} DROP COLUMN provider_metadata`,
      `ALTER TABLE ${tokens} ADD COLUMN provider_metadata TEXT`,
      `UPDATE ${tokens} SET provider_metadata = ' {"client_secret": "s3", "team_id": 12345678901234567890, "ratio": 1.0}' WHERE id = 't-1'`,
      `UPDATE ${tokens} SET provider_metadata = '[{"client_secret": "s3", "key": "PROJ", "text": "{''api_key'': 1}"}]' WHERE id = 't-2'`,
      `UPDATE ${tokens} SET provider_metadata = '{"a": ${deep}, "client_secret": "s3"}' WHERE id = 't-3'`,
    ]);
    await runConnectionMigrations(dataSource, { logger: recordingLogger() });
    const rows = await rowsOf(dataSource, tokens);
    expect(rows.map((row) => row['provider_metadata'])).toEqual([
      '{ "team_id": 12345678901234567890, "ratio": 1.0}',
      `[{ "key": "PROJ", "text": "{'api_key': 1}"}]`,
      `{"a": ${deep}}`,
    ]);
  });

  it('stays as it is where it is no JSON, and a warning counts what seems to have a secret', async () => {
    const dataSource = await legacyDatabase(engine, 'a', [
      `ALTER TABLE ${tokens} DROP COLUMN provider_metadata`,
      `ALTER TABLE ${tokens} ADD COLUMN provider_metadata TEXT`,
      `UPDATE ${tokens} SET provider_metadata = '{''client_secret'': 1}' WHERE id = 't-1'`,
      `UPDATE ${tokens} SET provider_metadata = '' WHERE id = 't-2'`,
    ]);
    const logger = recordingLogger();
    await runConnectionMigrations(dataSource, { logger });
    const rows = await rowsOf(dataSource, tokens);
    expect(rows.map((row) => row['provider_metadata'])).toEqual(["{'client_secret': 1}", '', null]);
    expect(logger.lines).toContainEqual(
      expect.stringMatching(/^warn: "provider_metadata" .* seems to have secrets in clear in 1 rows/),
    );
  });
});
