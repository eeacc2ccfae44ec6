/**
 * What SQL knows of an instant is what JavaScript makes of it; and SQL knows what almost every program writes.
 *
 * @module-tag long
 */
import type { DataSource } from 'typeorm';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { engineOf } from '../../../src/database/engines';
import type { ColumnKind } from '../../../src/database/catalogue';
import { UserConnectionToken } from '../../../src/entities';
import { fromLegacyInstant } from '../../../src/migrations/adoption/legacy-instant';
import type { EngineName } from '../../setup/engine-name';
import { describeEachEngine, testDatabase } from '../../setup/database';
import { legacyDatabase, rowsOf, runInSchema } from '../../setup/legacy';
import { recordingLogger } from '../../setup/recording-logger';
import { runConnectionMigrations } from '../../../src/migrations';

interface Answer {
  readonly text: string;
  readonly isOurs: boolean;
  readonly isKnown: boolean;
  readonly saysUtc: boolean;
  readonly written: string;
}

/** What the engine says of values, each written as SQL, of a type. */
async function answers(
  dataSource: DataSource,
  type: string,
  kinds: readonly ColumnKind[],
  values: readonly string[],
): Promise<Answer[]> {
  const queryRunner = dataSource.createQueryRunner();
  try {
    if (dataSource.options.type === 'postgres') await queryRunner.query("SET TimeZone = 'UTC'");
    if (dataSource.options.type === 'mariadb') await queryRunner.query("SET SESSION sql_mode = ''");
    await queryRunner.query(`CREATE TEMPORARY TABLE given (place INTEGER PRIMARY KEY, at ${type})`);
    const listed = values.map((value, place) => `(${place}, ${value})`).join(', ');
    await queryRunner.query(`INSERT INTO given VALUES ${listed}`);
    const { text, isOurs, isKnown, saysUtc, written } = engineOf(dataSource).columnValues.instant(
      'at',
      kinds,
    );
    const flag = (condition: string) => `CASE WHEN ${condition} THEN 1 ELSE 0 END`;
    const rows: Record<string, unknown>[] = await queryRunner.query(
      `SELECT ${text} AS a, ${flag(isOurs)} AS b, ${flag(isKnown)} AS c, ${flag(saysUtc)} AS d, ${written} AS e FROM given ORDER BY place`,
    );
    await queryRunner.query('DROP TABLE given');
    return rows.map(({ a, b, c, d, e }) => ({
      text: String(a),
      isOurs: Number(b) === 1,
      isKnown: Number(c) === 1,
      saysUtc: Number(d) === 1,
      written: String(e),
    }));
  } finally {
    await queryRunner.release();
  }
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

const part = (from: number, to: number) =>
  fc.integer({ min: from, max: to }).map((number) => String(number).padStart(2, '0'));

/** Texts that are instants, or almost. */
const almost = fc
  .record({
    year: fc.oneof(fc.integer({ min: 1960, max: 2110 }), fc.constantFrom(0, 999, 9999, 10_000)),
    month: part(0, 13),
    day: part(0, 32),
    between: fc.constantFrom(' ', 'T', 't', '  '),
    hour: part(0, 25),
    minute: part(0, 61),
    second: part(0, 61),
    fraction: fc.constantFrom('', '', '.', '.5', '.123', '.123456', '.999999', '.1234567890', '.12x', ',123'),
    offset: fc.constantFrom(
      '',
      '',
      'Z',
      'z',
      '+00',
      '+00:00',
      '+0000',
      '-00:00',
      '+01',
      ' Z',
      'ZZ',
      '\n',
      '\r',
      'Z\r\n',
      'Z\u0085',
      '\u2028',
      'Z\u2029',
      ' ',
    ),
    length: fc.constantFrom('date', 'time', 'time', 'time'),
  })
  .map(({ year, month, day, between, hour, minute, second, fraction, offset, length }) => {
    const date = `${String(year).padStart(4, '0')}-${month}-${day}`;
    return length === 'date'
      ? `${date}${offset}`
      : `${date}${between}${hour}:${minute}:${second}${fraction}${offset}`;
  });

const OURS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const textType = { sqlite: 'TEXT', postgres: 'TEXT', mariadb: 'VARCHAR(64)' } as const;

/** Values of types for dates, with what JavaScript reads. */
const dates: Readonly<Record<EngineName, readonly (readonly [type: string, values: readonly string[]])[]>> = {
  sqlite: [['DATETIME', ["'2025-12-01 11:43:13.123456'", '1764589393', '2460000.5', "x'32303235'"]]],
  postgres: [
    [
      'timestamp',
      [
        'infinity',
        '-infinity',
        '0044-03-15 12:00:00 BC',
        '1969-12-31 23:59:59.9999',
        '1970-01-01',
        '2025-12-01 11:43:13.9999',
        '9999-12-31 23:59:59.9999',
        '294276-12-31 23:59:59',
      ].map(quoted),
    ],
    [
      'timestamptz',
      ['infinity', '-infinity', '2025-12-01 11:43:13.5+05:30', '1970-01-01 00:30:00+01'].map(quoted),
    ],
    ['date', ['infinity', '-infinity', '2024-02-29', '1969-12-31', '11000-01-01'].map(quoted)],
  ],
  mariadb: [
    [
      'DATETIME(6)',
      [
        '0000-00-00 00:00:00',
        '1969-12-31 23:59:59.999999',
        '2024-02-29 11:43:13.999999',
        '9999-12-31 23:59:59.999999',
      ].map(quoted),
    ],
    ['DATETIME', ['2025-12-01 11:43:13'].map(quoted)],
    ['DATE', ['0000-00-00', '2024-02-29', '1970-01-01'].map(quoted)],
  ],
};

/** What a program may write that no other has to look at. */
const common = {
  sqlite: [
    '2025-12-01 11:43:13',
    '2025-12-01 11:43:13.123456',
    '2025-12-01T11:43:13.123Z',
    '2024-02-29 00:00:00',
  ],
  postgres: [
    '2025-12-01 11:43:13.5',
    '2025-12-01T11:43:13.123456+00:00',
    '2025-12-01 11:43:13+00',
    '2025-12-31',
  ],
  mariadb: ['2025-12-01 11:43:13', '2025-12-01 11:43:13.123456', '2025-12-01T11:43:13Z', '2025-10-30'],
};

describeEachEngine('SQL', (engine) => {
  it('knows the forms that are common, and no instant that it would write otherwise than JavaScript', async () => {
    const dataSource = await (await testDatabase(engine)).connect();
    const texts = [
      ...common[engine],
      ...fc.sample(almost, 2000),
      '',
      'infinity',
      '2025-12-01T11:43:13.123Z',
      '9999-99-99T99:99:99.999Z',
      '2025-12-01 24:30:00',
      '2025-02-29 10:00:00',
    ];
    const found = await answers(dataSource, textType[engine], ['text'], texts.map(quoted));
    const wrong = found.filter(({ isOurs, isKnown, saysUtc, written }, place) => {
      const text = texts[place] ?? '';
      const isUtc =
        /[Z0]$/.test(text) && fromLegacyInstant(text, 'Asia/Tokyo') === fromLegacyInstant(text, 'UTC');
      return (
        isOurs !== OURS.test(text) ||
        (isKnown && (written !== fromLegacyInstant(text, 'UTC') || saysUtc !== isUtc))
      );
    });
    expect(wrong).toEqual([]);
    expect(found.slice(0, common[engine].length).map(({ isKnown }) => isKnown)).toEqual(
      common[engine].map(() => true),
    );
  });

  it.runIf(engine === 'sqlite')('knows no text that goes on after a character that ends it', async () => {
    const dataSource = await (await testDatabase('sqlite')).connect();
    const ours = "'2025-12-01T11:43:13.000Z'";
    const found = await answers(dataSource, 'TEXT', ['text'], [ours, `${ours} || char(0) || 'x'`]);
    expect(found.map(({ isOurs, isKnown }) => isOurs || isKnown)).toEqual([true, false]);
  });

  it.each(dates[engine])('knows of the type %s what JavaScript makes of its text', async (type, values) => {
    const dataSource = await (await testDatabase(engine)).connect();
    const found = await answers(dataSource, type, ['instant'], values);
    const wrong = found.filter(
      ({ isKnown, text, written }) => isKnown && written !== fromLegacyInstant(text, 'UTC'),
    );
    expect(wrong).toEqual([]);
    expect(found.some(({ isKnown }) => isKnown)).toBe(true);
  });
});

describeEachEngine('An adoption of more rows than a page has', (engine) => {
  it('converts what SQL knows and what it does not, and removes every secret', async () => {
    const dataSource = await legacyDatabase(engine, 'b', [
      'ALTER TABLE user_connection_tokens DROP COLUMN updated_at',
      `ALTER TABLE user_connection_tokens ADD COLUMN updated_at VARCHAR(40)`,
      'ALTER TABLE user_connection_tokens DROP COLUMN provider_metadata',
      'ALTER TABLE user_connection_tokens ADD COLUMN provider_metadata TEXT',
    ]);
    const forms = ['2025-12-01 11:43:13', '2025-12-01 12:43:13+01:00', '', '2025-12-01T11:43:13.000Z'];
    const rows = Array.from({ length: 1203 }, (_, index) => {
      const metadata = index % 3 === 0 ? '{"client_secret": "s3"}' : '{"cloud_id": "1"}';
      return `('n-${index}', 'u-ole', 'c-${index}', 'x', '2025-12-01 11:43:13', '${forms[index % 4]}', '${metadata}')`;
    });
    await runInSchema(dataSource, [
      `INSERT INTO user_connection_tokens (id, user_id, connection_name, access_token_encrypted, created_at, updated_at, provider_metadata) VALUES ${rows.join(', ')}`,
    ]);
    const logger = recordingLogger();
    await runConnectionMigrations(dataSource, { logger, legacyTimeZone: 'Asia/Tokyo' });
    const adopted = (await rowsOf(dataSource, 'user_connection_tokens')).filter(({ id }) =>
      String(id).startsWith('n-'),
    );
    const wrong = adopted.filter(({ id, created_at, updated_at, provider_metadata }) => {
      const index = Number(String(id).slice(2));
      const expected = [
        '2025-12-01T02:43:13.000Z',
        '2025-12-01T11:43:13.000Z',
        updated_at,
        '2025-12-01T11:43:13.000Z',
      ];
      return (
        created_at !== '2025-12-01T02:43:13.000Z' ||
        updated_at !== expected[index % 4] ||
        !OURS.test(String(updated_at)) ||
        provider_metadata !== (index % 3 === 0 ? '{}' : '{"cloud_id": "1"}')
      );
    });
    expect([adopted.length, wrong]).toEqual([1203, []]);
    expect(await dataSource.getRepository(UserConnectionToken).count()).toBe(1206);
    expect(logger.lines).toContainEqual(
      expect.stringMatching(/removed from .*: 401, in 401 rows \("client_secret"\)/),
    );
  });
});
