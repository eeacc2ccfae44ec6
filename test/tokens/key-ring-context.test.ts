/** The contexts of a key ring: what opens in which, and that no text can be moved from one to another. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyRing, parseKeyRing } from '../../src/tokens/key-ring';
import { k1, k2, opening, place, sealed } from '../setup/sealed-secret';

const contextTag = (context: string) => createHash('sha256').update(context).digest('base64url').slice(0, 12);
const invalid = (message: unknown = expect.any(String)) =>
  expect.objectContaining({ code: 'ciphertext_invalid', message });

describe('A context', () => {
  const of = (context?: string, previousContexts: readonly (string | null)[] = []) =>
    keyRing({ current: 'k1', keys: { k1 }, context, previousContexts });
  const [production, staging, none] = [of('production'), of('staging'), of()];
  const text = production.encrypt('a secret', place) as string;

  it('shows in a text as a digest, and texts without one keep their form', () => {
    expect(text).toMatch(/^v1\.k1\.[\w-]{12}\.[\w-]{16}\.[\w-]+$/);
    expect(text.split('.')[2]).toBe(contextTag('production'));
    expect(text).not.toContain('production');
    expect(none.encrypt('a secret', place)).toMatch(/^v1\.k1\.[\w-]{16}\.[\w-]+$/);
  });

  it('opens its own texts, and no others', () => {
    expect(production.decrypt(text, place)).toBe('a secret');
    const remedy = invalid(expect.stringMatching(/another context.*`previousContexts`/s));
    expect(opening(text, place, staging)).toThrow(remedy);
    expect(opening(text, place, none)).toThrow(remedy);
    const without = invalid(expect.stringMatching(/without a context.*`previousContexts`/s));
    expect(opening(sealed, place, production)).toThrow(without);
  });

  it('opens the texts of previous contexts, which are not current', () => {
    const changed = of('live', ['production', null]);
    const texts = [text, sealed, changed.encrypt('a secret', place) as string];
    expect(texts.map((one) => changed.decrypt(one, place))).toEqual(texts.map(() => 'a secret'));
    expect(texts.map((one) => changed.isCurrent(one))).toEqual([false, false, true]);
    expect(texts.map((one) => none.isCurrent(one))).toEqual([false, true, false]);
    expect(texts.map((one) => of(undefined, ['production']).isCurrent(one))).toEqual([false, true, false]);
    expect(opening(staging.encrypt('a secret', place) as string, place, changed)).toThrow(invalid());
  });

  it('cannot be exchanged in a text, added to one or taken out of one', () => {
    const every = of('production', ['staging', null]);
    const [version, id, tag = '', ...rest] = text.split('.');
    for (const other of [contextTag('staging'), contextTag('unknown'), tag.toLowerCase(), '', tag.slice(1)]) {
      expect(opening([version, id, other, ...rest].join('.'), place, every)).toThrow(invalid());
    }
    expect(opening([version, id, ...rest].join('.'), place, every)).toThrow(invalid());
    const added = sealed.replace('v1.k1.', `v1.k1.${contextTag('production')}.`);
    expect(opening(added, place, every)).toThrow(invalid());
  });

  it('is another one when only its case or its spaces differ', () => {
    for (const context of ['Production', 'production ', 'productio', '["production"]']) {
      expect(opening(text, place, of(context))).toThrow(invalid());
    }
  });

  it.each<[string, object, string]>([
    ['an empty context', { context: '' }, 'context'],
    ['a context of 256 characters', { context: 'x'.repeat(256) }, 'context'],
    ['a context that is no text', { context: 7 }, 'context'],
    ['a lone surrogate', { context: '\ud800' }, 'context'],
    ['a previous context alone', { previousContexts: 'staging' }, 'previousContexts'],
    ['an empty previous context', { previousContexts: [''] }, 'previousContexts'],
    ['a previous context that is not given', { previousContexts: [undefined] }, 'previousContexts'],
  ])('is refused: %s', (_, wrong, option) => {
    const refused = expect.objectContaining({
      code: 'option_invalid',
      message: expect.stringContaining(`\`${option}\``),
    });
    expect(() => keyRing({ current: 'k1', keys: { k1 }, ...wrong })).toThrow(refused);
    expect(() => parseKeyRing(`k1:${k1}`, wrong)).toThrow(refused);
  });
});

describe('Any text', () => {
  const contexts = [undefined, 'production', 'staging', 'ünïcode'] as const;
  const users = ['ada', 'Ada', 'ole', 'ada","github'];
  const connections = ['atlassian', 'github', 'atlassian","default'];
  const columns = ['access_token_encrypted', 'refresh_token_encrypted', 'code_verifier'];
  const tables = [
    'user_connection_tokens',
    'connection_oauth_states',
    'connection_client_registrations',
  ] as const;
  const anywhere = fc.record({
    context: fc.constantFrom(...contexts),
    place: fc.record({
      table: fc.constantFrom(...tables),
      column: fc.constantFrom(...columns),
      row: fc.tuple(
        fc.constantFrom(...users),
        fc.constantFrom(...connections),
        fc.constantFrom('default', 'work'),
      ),
    }),
  });
  const within = (context: string | undefined) => keyRing({ current: 'k1', keys: { k1 }, context });
  const everything = keyRing({
    current: 'k1',
    keys: { k1, k2 },
    previousContexts: ['production', 'staging', 'ünïcode'],
  });

  it('opens where it belongs and nowhere else, whatever contexts are known', () => {
    fc.assert(
      fc.property(anywhere, anywhere, (from, to) => {
        const given = within(from.context).encrypt('a secret', from.place) as string;
        expect(everything.decrypt(given, from.place)).toBe('a secret');
        const isSamePlace = JSON.stringify(from.place) === JSON.stringify(to.place);
        if (!isSamePlace) expect(opening(given, to.place, everything)).toThrow(invalid());
        if (isSamePlace && from.context === to.context) return;
        expect(opening(given, to.place, within(to.context))).toThrow(invalid());
      }),
      { numRuns: 700 },
    );
  });

  it('does not open with parts of another', () => {
    fc.assert(
      fc.property(
        anywhere,
        anywhere,
        fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 3 }),
        (from, to, swapped) => {
          const [one, other] = [from, to].map(({ context, place: at }) =>
            (within(context).encrypt('a secret', at) as string).split('.'),
          );
          const mixed = one?.map((part, index) => (swapped.includes(index) ? (other?.[index] ?? '') : part));
          const isSame = mixed?.join('.') === one?.join('.');
          const isOther = mixed?.join('.') === other?.join('.');
          if (isSame || isOther) return;
          expect(opening(mixed?.join('.') ?? '', from.place, everything)).toThrow(
            expect.objectContaining({ code: expect.stringMatching(/^(ciphertext_invalid|key_unknown)$/) }),
          );
        },
      ),
      { numRuns: 700 },
    );
  });
});
