/** The tables of the original service with as many rows of tokens as wanted, and their adoption by hand. */
import { readFileSync } from 'node:fs';
import type { EngineName } from '../../engines';

/** Of a token, as Fernet writes it. */
const TEXT_LENGTH = 440;

/** What rows are made of, in SQL. */
interface Fill {
  /** Numbers from 1, each a row. */
  readonly series: (rows: number) => string;
  readonly number: string;
  readonly text: string;
  readonly id: string;
  readonly instant: string;
}

const fills: Readonly<Record<EngineName, Fill>> = {
  sqlite: {
    series: (rows) =>
      `(WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < ${rows}) SELECT i FROM s)`,
    number: 'i',
    text: `'gAAAA' || replace(hex(zeroblob(${TEXT_LENGTH / 2})), '00', 'ab')`,
    id: 'lower(hex(randomblob(16)))',
    instant: "strftime('%Y-%m-%d %H:%M:%f000', '2025-12-01', '+' || i || ' seconds')",
  },
  postgres: {
    series: (rows) => `generate_series(1, ${rows}) i`,
    number: 'i',
    text: `'gAAAA' || repeat('a', ${TEXT_LENGTH})`,
    id: 'gen_random_uuid()::text',
    instant: "timestamp '2025-12-01' + i * interval '1 second'",
  },
  mariadb: {
    series: (rows) => `seq_1_to_${rows}`,
    number: 'seq',
    text: `CONCAT('gAAAA', REPEAT('a', ${TEXT_LENGTH}))`,
    id: 'UUID()',
    instant: "'2025-12-01' + INTERVAL seq SECOND",
  },
};

export function foreignTables(engine: EngineName, rows: number): string[] {
  const fixture = new URL(`../../../test/fixtures/legacy/schema-a.${engine}.sql`, import.meta.url);
  const created = readFileSync(fixture, 'utf8')
    .split(/;\n/)
    .map((sql) => sql.trim())
    .filter((sql) => sql.startsWith('CREATE'));
  const { series, number, text, id, instant } = fills[engine];
  const user = engine === 'mariadb' ? `CONCAT('u-', ${number})` : `'u-' || ${number}`;
  const from = `FROM ${series(rows)}`;
  return [
    ...created,
    'INSERT INTO connection_configs (id, name, display_name, url, auth_type) ' +
      "VALUES ('c-1', 'atlassian', 'Atlassian', 'https://mcp.example.test/mcp', 'oauth2')",
    `INSERT INTO users (id, email, sign_in_method) SELECT ${user}, ${user}, 'okta' ${from}`,
    'INSERT INTO user_connection_tokens (id, user_id, connection_name, access_token_encrypted, refresh_token_encrypted, ' +
      'token_type, expires_at, scopes, provider_metadata, created_at, updated_at) ' +
      `SELECT ${id}, ${user}, 'atlassian', ${text}, ${text}, 'Bearer', ${instant}, 'read:work write:work', ` +
      `'{"cloud_id": "1"}', ${instant}, ${instant} ${from}`,
  ];
}

/** Columns that only we have. */
const added = (encoding = '') => [
  `account varchar(255) ${encoding} NOT NULL DEFAULT 'default'`,
  'generation integer NOT NULL DEFAULT 0',
  'claimed_generation integer NOT NULL DEFAULT 0',
  `lease_expires_at varchar(24) ${encoding}`,
  `status varchar(32) ${encoding} NOT NULL DEFAULT 'active'`,
  `status_reason text ${encoding}`,
  `doubt text ${encoding}`,
  `refused_since varchar(24) ${encoding}`,
  `failing_since varchar(24) ${encoding}`,
  'rejected_generation integer',
  `rejected_at varchar(24) ${encoding}`,
  `issuer text ${encoding}`,
  `config_fingerprint varchar(64) ${encoding}`,
  `grant_id varchar(36) ${encoding}`,
  `granted_at varchar(24) ${encoding}`,
];

const instants = ['expires_at', 'created_at', 'updated_at'] as const;
const keys = [
  'CREATE UNIQUE INDEX by_account ON user_connection_tokens (user_id, connection_name, account)',
  'CREATE INDEX by_connection ON user_connection_tokens (connection_name, id)',
  'CREATE INDEX by_expiry ON user_connection_tokens (status, expires_at, id, connection_name)',
];

const BYTES = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin';

/**
 * Of the table of tokens, in which all the time goes. On MariaDB the columns of instants stay two characters wider than
 * in a new table, as those of an adopted one do: to narrow them would copy the table once more.
 */
export const byHand: Readonly<Record<EngineName, readonly string[]>> = {
  sqlite: [
    'PRAGMA foreign_keys = OFF',
    'BEGIN IMMEDIATE',
    'CREATE TABLE adopted (id varchar(36) PRIMARY KEY NOT NULL, user_id varchar NOT NULL REFERENCES users (id), ' +
      'connection_name varchar(255) NOT NULL, access_token_encrypted text NOT NULL, refresh_token_encrypted text, ' +
      'token_type text, expires_at varchar(24), scopes text, provider_metadata text, created_at varchar(24) NOT NULL, ' +
      `updated_at varchar(24) NOT NULL, ${added().join(', ')})`,
    'INSERT INTO adopted (id, user_id, connection_name, access_token_encrypted, refresh_token_encrypted, token_type, ' +
      `scopes, provider_metadata, ${instants.join(', ')}) SELECT id, user_id, connection_name, access_token_encrypted, ` +
      'refresh_token_encrypted, token_type, scopes, provider_metadata, ' +
      `${instants.map((name) => `strftime('%Y-%m-%dT%H:%M:%fZ', ${name})`).join(', ')} FROM user_connection_tokens`,
    'DROP TABLE user_connection_tokens',
    'ALTER TABLE adopted RENAME TO user_connection_tokens',
    ...keys,
    'COMMIT',
  ],
  postgres: [
    'ALTER TABLE user_connection_tokens DROP CONSTRAINT user_connection_tokens_connection_name_fkey, ' +
      'DROP CONSTRAINT _user_connection_uc, ALTER id TYPE varchar(36), ALTER connection_name TYPE varchar(255), ' +
      ['access_token_encrypted', 'refresh_token_encrypted', 'token_type', 'scopes', 'provider_metadata']
        .map((name) => `ALTER ${name} TYPE text USING ${name}::text, `)
        .join('') +
      instants
        .map(
          (name) =>
            `ALTER ${name} TYPE varchar(24) USING to_char(${name}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), `,
        )
        .join('') +
      'ALTER created_at SET NOT NULL, ALTER updated_at SET NOT NULL, ' +
      added()
        .map((column) => `ADD ${column}`)
        .join(', '),
    ...keys,
  ],
  mariadb: [
    'ALTER TABLE user_connection_tokens DROP FOREIGN KEY user_connection_tokens_ibfk_2, ' +
      `DROP KEY _user_connection_uc, MODIFY id varchar(36) ${BYTES} NOT NULL, ` +
      `MODIFY connection_name varchar(255) ${BYTES} NOT NULL, MODIFY access_token_encrypted text ${BYTES} NOT NULL, ` +
      ['refresh_token_encrypted', 'token_type', 'scopes', 'provider_metadata']
        .map((name) => `MODIFY ${name} text ${BYTES}, `)
        .join('') +
      instants.map((name) => `MODIFY ${name} varchar(26) ${BYTES}, `).join('') +
      added(BYTES)
        .map((column) => `ADD ${column}, `)
        .join('') +
      'ADD UNIQUE KEY by_account (user_id, connection_name, account), ADD KEY by_connection (connection_name, id), ' +
      'ADD KEY by_expiry (status, expires_at, id, connection_name)',
    `UPDATE user_connection_tokens SET ${instants
      .map((name) => `${name} = CONCAT(REPLACE(LEFT(${name}, 23), ' ', 'T'), 'Z')`)
      .join(', ')}`,
  ],
};
