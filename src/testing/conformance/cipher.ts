/** What every cipher of tokens must do, as tests for one that a host has written, such as over a key management service. */
import assert from 'node:assert/strict';
import { isConnectionsError } from '../../errors';
import type { CipherPlace, TokenCipher } from '../../tokens/cipher';
import type { RegisterTest, TitledTest } from './register';
import { registerAll } from './register';

const PLACE: CipherPlace = {
  table: 'user_connection_tokens',
  column: 'access_token_encrypted',
  row: ['user-1', 'github', 'default'],
};

/** Each differs from `PLACE` in one respect; the last two would be the same if parts were only put one after another. */
const OTHER_PLACES: readonly (readonly [what: string, place: CipherPlace])[] = [
  ['another table', { ...PLACE, table: 'connection_oauth_states' }],
  ['another column', { ...PLACE, column: 'refresh_token_encrypted' }],
  ['another user', { ...PLACE, row: ['user-2', 'github', 'default'] }],
  ['another connection', { ...PLACE, row: ['user-1', 'gitlab', 'default'] }],
  ['another account', { ...PLACE, row: ['user-1', 'github', 'work'] }],
  ['parts that are divided elsewhere', { ...PLACE, row: ['user-1g', 'ithub', 'default'] }],
  ['fewer parts', { ...PLACE, row: ['user-1', 'githubdefault'] }],
];

/** Tokens are ASCII; other texts are encrypted, too. */
const TEXTS = [
  'gho_16C7e42F292c6912E7710c838347Ae178B4a',
  '',
  'ünïcode 🎉',
  'two\nlines',
  'x'.repeat(20_000),
];

/** How many characters are changed, one after another: a key management service is asked each time. */
const CHANGES = 20;

/** Characters of a column by which `hasKeyOf` is asked. */
const START = 49;

/**
 * Registers tests that every cipher has to pass: it decrypts what it encrypts, at its place alone, and refuses what was changed.
 * @param makeCipher called for each test, as often as there are processes in it: each time with the same keys
 * @param register the `it` of vitest or Jest, or the `test` of `node:test`; default the global `it`
 * @throws ConnectionsError `option_invalid`
 * @example
 * testTokenCipher(() => keyRing({ current: 'k1', keys: { k1: new Uint8Array(32) } }), it);
 */
export function testTokenCipher(
  makeCipher: () => TokenCipher | Promise<TokenCipher>,
  register?: RegisterTest,
): void {
  const refused = async (ciphertext: string, place: CipherPlace) => {
    const cipher = await makeCipher();
    const decrypting = async () => cipher.decrypt(ciphertext, place);
    await assert.rejects(decrypting, (error) =>
      isConnectionsError(error, 'ciphertext_invalid', 'key_unknown'),
    );
  };
  const encrypted = async (text: string) => (await makeCipher()).encrypt(text, PLACE);
  const tests: readonly TitledTest[] = [
    [
      'decrypts in one process what another has encrypted',
      async () => {
        for (const text of TEXTS) {
          const ciphertext = await encrypted(text);
          const cipher = await makeCipher();
          assert.equal(await cipher.decrypt(ciphertext, PLACE), text);
        }
      },
    ],
    [
      'gives one line, in which the text cannot be read',
      async () => {
        for (const text of TEXTS) {
          const ciphertext = await encrypted(text);
          assert.equal(typeof ciphertext, 'string');
          assert.doesNotMatch(ciphertext, /[\r\n]/);
          assert.notEqual(ciphertext, '');
          if (text !== '') assert(!ciphertext.includes(text), 'The text is in the ciphertext.');
        }
      },
    ],
    [
      'gives another ciphertext each time',
      async () => {
        const cipher = await makeCipher();
        assert.notEqual(await cipher.encrypt('same', PLACE), await cipher.encrypt('same', PLACE));
      },
    ],
    ...OTHER_PLACES.map(([what, place]): TitledTest => [
      `refuses a ciphertext at ${what}`,
      async () => refused(await encrypted('secret'), place),
    ]),
    [
      'refuses a ciphertext of which a character was changed',
      async () => {
        const ciphertext = await encrypted('secret');
        // Not the last: those of base64 may have bits that mean nothing.
        const positions = Array.from({ length: CHANGES }, (_, index) =>
          Math.floor((index * (ciphertext.length - 3)) / CHANGES),
        );
        for (const position of positions) {
          const other = ciphertext[position] === '0' ? '1' : '0';
          await refused(`${ciphertext.slice(0, position)}${other}${ciphertext.slice(position + 1)}`, PLACE);
        }
      },
    ],
    [
      'refuses a ciphertext that was cut short, is empty, or is none',
      async () => {
        const ciphertext = await encrypted('secret');
        for (const text of [ciphertext.slice(0, -4), ciphertext.slice(4), '', 'not a ciphertext'])
          await refused(text, PLACE);
      },
    ],
    [
      'takes what it has just encrypted for current, and for its own',
      async () => {
        const ciphertext = await encrypted('secret');
        const cipher = await makeCipher();
        assert.equal(cipher.isCurrent(ciphertext), true);
        assert.equal(cipher.hasKeyOf?.(ciphertext.slice(0, START)) ?? true, true);
        assert(ciphertext.startsWith(cipher.ownPrefix ?? ''), '`ownPrefix` is not what it begins with.');
      },
    ],
    [
      'works for many at once',
      async () => {
        const cipher = await makeCipher();
        const texts = Array.from({ length: 50 }, (_, index) => `secret-${index}`);
        const ciphertexts = await Promise.all(texts.map(async (text) => cipher.encrypt(text, PLACE)));
        const decrypted = await Promise.all(ciphertexts.map(async (text) => cipher.decrypt(text, PLACE)));
        assert.deepEqual(decrypted, texts);
      },
    ],
  ];
  registerAll('testTokenCipher', makeCipher, register, tests);
}
