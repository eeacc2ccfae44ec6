/** Tables of tokens as another program might have made and filled them, at random, for each engine. */
import fc from 'fast-check';
import type { EngineName } from '../setup/engine-name';

interface ForeignColumn {
  readonly name: string;
  readonly type: string;
  readonly rest: string;
}

interface ForeignRow {
  /** SQL parameters by column; a column that is missing gets its default. */
  readonly values: Readonly<Record<string, string | number | null>>;
  /** What `expires_at` and `created_at` mean, in milliseconds; null where nothing says when. */
  readonly instants: Readonly<Record<'expires_at' | 'created_at', number | null>>;
}

export interface ForeignTokens {
  readonly columns: readonly ForeignColumn[];
  readonly rows: readonly ForeignRow[];
  /** Without the narrow key, which most tables have. */
  readonly keys: readonly string[];
  readonly settings: readonly string[];
  /** Type of the ids of a table `users`, which the tokens refer to; null without one. */
  readonly users: string | null;
}

export const TABLE = 'user_connection_tokens';

/** Hours by which the clocks of the other program were ahead of UTC; in no month another. */
export const ZONE = 'Asia/Tokyo';
const AHEAD_MS = 9 * 3_600_000;

/** How many characters a type holds, and of what kind. */
interface TextType {
  readonly type: string;
  readonly most: number;
  readonly ascii?: true;
}

const texts: Readonly<Record<EngineName, readonly TextType[]>> = {
  postgres: [
    { type: 'varchar', most: 100_000 },
    { type: 'varchar(200)', most: 200 },
    { type: 'varchar(400)', most: 400 },
    { type: 'text', most: 100_000 },
    { type: 'text COLLATE "C"', most: 100_000 },
  ],
  mariadb: [
    { type: 'VARCHAR(200)', most: 200 },
    { type: 'VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci', most: 400 },
    { type: 'VARCHAR(200) CHARACTER SET latin1', most: 200, ascii: true },
    { type: 'TINYTEXT CHARACTER SET utf8mb4', most: 63 },
    { type: 'TEXT', most: 16_000 },
    { type: 'TEXT CHARACTER SET latin1', most: 65_000, ascii: true },
    { type: 'MEDIUMTEXT', most: 100_000 },
    { type: 'LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin', most: 100_000 },
  ],
  sqlite: [
    { type: 'VARCHAR', most: 100_000 },
    { type: 'VARCHAR(200)', most: 100_000 },
    { type: 'NVARCHAR(100)', most: 100_000 },
    { type: 'CLOB', most: 100_000 },
    { type: 'TEXT COLLATE NOCASE', most: 100_000 },
  ],
};

/** Types of user ids and names, which have to fit into a key. */
const names: Readonly<Record<EngineName, readonly TextType[]>> = {
  postgres: [
    { type: 'varchar(40)', most: 40 },
    { type: 'varchar', most: 1000 },
    { type: 'char(40)', most: 40 },
    { type: 'text COLLATE "C"', most: 1000 },
  ],
  mariadb: [
    { type: 'VARCHAR(40)', most: 40 },
    { type: 'VARCHAR(255)', most: 255 },
    { type: 'CHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci', most: 40 },
    { type: 'VARCHAR(300) CHARACTER SET latin1', most: 300 },
    { type: 'VARCHAR(1000) CHARACTER SET ascii', most: 1000 },
  ],
  sqlite: [
    { type: 'VARCHAR', most: 1000 },
    { type: 'TEXT COLLATE NOCASE', most: 1000 },
    { type: 'CHAR(40)', most: 40 },
  ],
};

/** Defaults of a column of instants, by its type. */
const initialInstants: Readonly<Record<EngineName, Readonly<Record<string, string>>>> = {
  postgres: {
    timestamp: 'DEFAULT now()',
    timestamptz: 'DEFAULT CURRENT_TIMESTAMP',
    date: "DEFAULT '2020-02-02'",
  },
  mariadb: {
    DATETIME: 'DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP',
    'DATETIME(6)': "DEFAULT '1999-01-01 00:00:00'",
    'TIMESTAMP(3) NULL': 'DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)',
  },
  sqlite: { DATETIME: 'DEFAULT CURRENT_TIMESTAMP', TIMESTAMP: "DEFAULT (datetime('now'))" },
};

/** Types that cannot be ours, with a value of each. */
const oddTypes: Readonly<Record<EngineName, readonly (readonly [type: string, value: string])[]>> = {
  postgres: [
    ['text[]', '{a,b}'],
    ['jsonb', '["a"]'],
    ['bytea', '\\x00ff'],
    ['interval', '1 day'],
  ],
  mariadb: [
    ['JSON', '["a"]'],
    ["SET('a', 'b')", 'a,b'],
    ["ENUM('a', 'b')", 'b'],
    ['BLOB', 'bytes'],
    ['BIT(8)', '1'],
  ],
  sqlite: [
    ['BLOB', 'bytes'],
    ['STRING', '1e3'],
    ['', 'anything'],
  ],
};

interface InstantType {
  readonly type: string;
  /** Milliseconds that its values are multiples of. */
  readonly step: number;
  readonly absolute?: true;
  readonly isText?: true;
}

const instants: Readonly<Record<EngineName, readonly InstantType[]>> = {
  postgres: [
    { type: 'timestamp', step: 1 },
    { type: 'timestamp(0)', step: 1000 },
    { type: 'timestamptz', step: 1, absolute: true },
    { type: 'date', step: 86_400_000 },
    { type: 'varchar(19)', step: 1000, isText: true },
    { type: 'varchar(20)', step: 1000, isText: true },
    { type: 'varchar(40)', step: 1, isText: true },
    { type: 'text', step: 1, isText: true },
  ],
  mariadb: [
    { type: 'DATETIME', step: 1000 },
    { type: 'DATETIME(6)', step: 1 },
    { type: 'TIMESTAMP(3) NULL', step: 1, absolute: true },
    { type: 'DATE', step: 86_400_000 },
    { type: 'VARCHAR(19)', step: 1000, isText: true },
    { type: 'VARCHAR(20)', step: 1000, isText: true },
    { type: 'VARCHAR(40)', step: 1, isText: true },
    { type: 'TINYTEXT', step: 1, isText: true },
  ],
  sqlite: [
    { type: 'DATETIME', step: 1 },
    { type: 'TIMESTAMP', step: 1 },
    { type: 'VARCHAR(19)', step: 1000, isText: true },
    { type: 'VARCHAR(20)', step: 1000, isText: true },
    { type: 'VARCHAR(40)', step: 1, isText: true },
    { type: 'TEXT', step: 1, isText: true },
  ],
};

const settings: Readonly<Record<EngineName, readonly string[]>> = {
  postgres: [
    "SET DateStyle = 'German'",
    "SET DateStyle = 'SQL, DMY'",
    "SET TimeZone = 'America/St_Johns'",
    'SET standard_conforming_strings = off',
    'SET quote_all_identifiers = on',
  ],
  mariadb: [
    "SET SESSION sql_mode = ''",
    "SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'",
    "SET SESSION sql_mode = 'TRADITIONAL,PAD_CHAR_TO_FULL_LENGTH'",
    "SET SESSION time_zone = '-03:30'",
    'SET SESSION autocommit = 0',
    'SET SESSION sql_safe_updates = 1',
    "SET SESSION character_set_results = 'latin1'",
  ],
  sqlite: ['PRAGMA foreign_keys = OFF', 'PRAGMA recursive_triggers = ON'],
};

const keys: Readonly<Record<EngineName, readonly string[]>> = {
  postgres: [
    `CREATE INDEX odd_1 ON ${TABLE} (lower(connection_name))`,
    `CREATE UNIQUE INDEX odd_2 ON ${TABLE} (user_id, connection_name) WHERE scopes IS NOT NULL`,
    `CREATE INDEX odd_3 ON ${TABLE} (connection_name DESC)`,
    `CREATE INDEX plain ON ${TABLE} (user_id)`,
    `CREATE UNIQUE INDEX again ON ${TABLE} (connection_name, user_id)`,
  ],
  mariadb: [
    `CREATE INDEX odd_1 ON ${TABLE} (connection_name(3))`,
    `CREATE UNIQUE INDEX odd_2 ON ${TABLE} (connection_name(8), user_id(8))`,
    `CREATE INDEX plain ON ${TABLE} (user_id)`,
    `CREATE UNIQUE INDEX again ON ${TABLE} (connection_name, user_id)`,
  ],
  sqlite: [
    `CREATE INDEX odd_1 ON ${TABLE} (lower(connection_name))`,
    `CREATE UNIQUE INDEX odd_2 ON ${TABLE} (user_id, connection_name) WHERE scopes IS NOT NULL`,
    `CREATE INDEX odd_3 ON ${TABLE} (connection_name DESC)`,
    `CREATE INDEX odd_4 ON ${TABLE} (connection_name COLLATE NOCASE)`,
    `CREATE UNIQUE INDEX again ON ${TABLE} (connection_name, user_id)`,
  ],
};

type Value = string | number | null;

/** Columns of ours that are there already. */
const byHand: readonly (readonly [
  name: string,
  type: string,
  values: readonly (string | number | null)[],
])[] = [
  ['generation', 'INTEGER', [0, null, -1, 3]],
  ['generation', 'BIGINT', [0, 5_000_000_000]],
  ['claimed_generation', 'SMALLINT', [0, null, 4]],
  ['status', 'VARCHAR(20)', ['active', null, '', 'revoked']],
  ['account', 'VARCHAR(300)', ['default', 'work', 'Work', null, '']],
  ['lease_expires_at', 'VARCHAR(30)', [null, '', '2020-01-01 00:00:00', '2090-01-01 00:00:00']],
  ['doubt', 'VARCHAR(10)', [null, 'x']],
  ['grant_id', 'VARCHAR(40)', [null, '17']],
  ['issuer', 'VARCHAR(40)', [null, 'https://as.test', 'as']],
];

/** Of the legacy fixtures: tokens in Fernet, which a refresh has to read. */
export interface Sealed {
  readonly access: string;
  readonly refresh: string;
}

/** The first of some values, and now and then another. */
function mostly([first, ...others]: readonly [Value, ...Value[]]): fc.Arbitrary<Value> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant(first) },
    { weight: 1, arbitrary: fc.constantFrom(first, ...others) },
  );
}

const odd = (weight: number) => fc.nat(99).map((drawn) => drawn < weight);

function textOf({ most, ascii }: TextType): fc.Arbitrary<string | null> {
  const unit = ascii ? fc.constantFrom('a', 'B', ' ', "'", '\\', '"', '%', 'é') : 'grapheme';
  const short = fc.string({ unit, maxLength: 12 }).map((text) => text.replaceAll('\0', ''));
  const long = fc
    .tuple(fc.constantFrom('x', 'é'), fc.constantFrom(30, 190, 260, 390, 33_000, 66_000))
    .map(([character, length]) => character.repeat(Math.min(length, most)));
  return fc.oneof(
    { weight: 6, arbitrary: short.map((text) => Array.from(text).slice(0, most).join('')) },
    { weight: 2, arbitrary: long },
    { weight: 1, arbitrary: fc.constant(null) },
  );
}

function wall(ms: number, { type, step, isText }: InstantType): string {
  const text = new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
  return step === 86_400_000
    ? text.slice(0, 10)
    : /\(0\)/.test(type) || (isText && step === 1000)
      ? text.slice(0, 19)
      : text;
}

/** @param sealed tokens of a row that is due */
export function foreignTokens(engine: EngineName, sealed: Sealed): fc.Arbitrary<ForeignTokens> {
  const text = fc.constantFrom(...texts[engine]);
  const instant = fc.constantFrom(...instants[engine]);
  const wide = text.filter(({ most }) => most >= 200);
  const shape = fc.record({
    id: fc.constantFrom('VARCHAR(36)', 'VARCHAR(80)'),
    user: fc.constantFrom(...names[engine]),
    long: odd(20),
    access: wide,
    refresh: wide,
    scopes: text,
    tokenType: text,
    metadata: text.filter(({ most }) => most >= 60),
    expires: instant,
    created: instant,
    required: fc.boolean(),
    initial: fc.boolean(),
    hasNarrowKey: odd(80),
    strange: fc.oneof(
      { weight: 15, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.constantFrom(...oddTypes[engine]) },
    ),
    hand: fc.uniqueArray(fc.constantFrom(...byHand), { maxLength: 2, selector: ([name]) => name }),
    keys: fc.uniqueArray(fc.constantFrom(...keys[engine]), { maxLength: 2 }),
    settings: fc.uniqueArray(fc.constantFrom(...settings[engine]), { maxLength: 2 }),
    check: odd(5),
    isOfUsers: odd(30),
    isOneUser: odd(50),
    filled: odd(30),
  });
  return shape.chain((drawn) => {
    const { scopes, tokenType, expires, created, strange } = drawn;
    const columns: ForeignColumn[] = [
      { name: 'id', type: drawn.id, rest: 'PRIMARY KEY' },
      {
        name: 'user_id',
        type: drawn.user.type,
        rest: `NOT NULL ${drawn.isOfUsers ? 'REFERENCES users (id)' : ''}`,
      },
      { name: 'connection_name', type: drawn.user.type, rest: drawn.required ? 'NOT NULL' : '' },
      { name: 'access_token_encrypted', type: drawn.access.type, rest: drawn.required ? 'NOT NULL' : '' },
      { name: 'refresh_token_encrypted', type: drawn.refresh.type, rest: '' },
      {
        name: 'token_type',
        type: tokenType.type,
        rest: drawn.filled && /\(\d/.test(tokenType.type) ? "DEFAULT 'it''s'" : '',
      },
      { name: 'expires_at', type: expires.type, rest: '' },
      { name: 'scopes', type: strange ? strange[0] : scopes.type, rest: '' },
      { name: 'provider_metadata', type: drawn.metadata.type, rest: '' },
      {
        name: 'created_at',
        type: created.type,
        rest: drawn.filled ? (initialInstants[engine][created.type] ?? '') : '',
      },
      { name: 'note', type: 'VARCHAR(40)', rest: drawn.initial ? "DEFAULT 'n'" : '' },
      ...(drawn.check ? [{ name: 'amount', type: 'INTEGER', rest: 'DEFAULT 1 CHECK (amount > 0)' }] : []),
      ...drawn.hand.map(([name, type]) => ({ name, type, rest: '' })),
    ];
    // Where no key of theirs forbids it.
    const isOneUser =
      drawn.isOneUser &&
      !drawn.hasNarrowKey &&
      !drawn.keys.some((key) => key.includes('UNIQUE')) &&
      drawn.hand.some(([name]) => name === 'account');
    const at = fc.option(fc.integer({ min: Date.UTC(1972, 0), max: Date.UTC(2037, 0) }), { freq: 4 });
    const row = fc.record({
      scopes: strange ? fc.constant(strange[1]) : textOf(scopes),
      tokenType: textOf(tokenType),
      metadata: fc.constantFrom(null, '', "{'a': 1}", '{"cloud_id": "1"}', '[1]'),
      expires: at,
      created: at,
      hand: fc.tuple(...drawn.hand.map(([, , values]) => mostly(values as readonly [Value, ...Value[]]))),
      isText: fc.boolean(),
    });
    return fc.array(row, { minLength: 1, maxLength: 3 }).map((rows) => ({
      columns,
      keys: [
        ...(drawn.hasNarrowKey
          ? [`CREATE UNIQUE INDEX user_connection_uc ON ${TABLE} (user_id, connection_name)`]
          : []),
        ...drawn.keys,
      ],
      settings: drawn.settings,
      users: drawn.isOfUsers ? drawn.user.type : null,
      rows: rows.map((one, index) => {
        const dueAt = Math.floor(Date.UTC(2025, 11, 1) / expires.step) * expires.step;
        const expiresAt = index === 0 ? dueAt : one.expires && floor(one.expires, expires);
        const createdAt = one.created && floor(one.created, created);
        return {
          values: {
            id: `id-${index}`,
            user_id:
              index === 0 || isOneUser
                ? 'ada'
                : `Ada ${index}${drawn.long ? 'x'.repeat(drawn.user.most - 5) : ''}`,
            connection_name: index === 0 || isOneUser ? 'tracker' : `${index} tracker`,
            access_token_encrypted: sealed.access,
            refresh_token_encrypted: sealed.refresh,
            token_type: one.tokenType,
            scopes: one.scopes,
            provider_metadata: one.metadata,
            expires_at: expiresAt && wall(expiresAt, expires),
            created_at: createdAt && wall(createdAt + (created.absolute ? 0 : AHEAD_MS), created),
            ...Object.fromEntries(drawn.hand.map(([name], place) => [name, one.hand[place] ?? null])),
          },
          instants: {
            expires_at: expiresAt,
            created_at:
              createdAt && created.step === 86_400_000
                ? floor(createdAt + AHEAD_MS, created) - AHEAD_MS
                : createdAt,
          },
        };
      }),
    }));
  });
}

function floor(ms: number, { step }: InstantType): number {
  return Math.floor(ms / step) * step;
}
