/** No text of an attacker makes `returnTo` lead away, judged by the parser that browsers use. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkedReturnTo } from '../../src/connections/flow/destinations';
import { attack } from './return-to-attacks';
import { runs } from './size';

const allowed = ['https://app.example.com', 'http://localhost:3000'];
/** Pages that could show the link: at one of the origins, or at the backend. */
const bases = [
  'https://app.example.com/a/b?c#d',
  'https://api.example.com/connections/x/callback',
  'http://h.test/',
];

/** What the function gives, or null where it refuses. */
function led(returnTo: string): string | null {
  try {
    return checkedReturnTo(returnTo, allowed);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'return_to_refused') return null;
    throw error;
  }
}

it('checkedReturnTo leads nowhere but to an allowed origin or to a path of the page, whatever is given', () => {
  const size = runs(2_000, 400_000);
  let accepted = 0;
  fc.assert(
    fc.property(attack, (returnTo) => {
      const result = led(returnTo);
      if (result === null) return;
      accepted += 1;
      for (const base of bases) {
        const url = new URL(result, base);
        const right = result.startsWith('/') ? [new URL(base).origin] : allowed;
        expect(right).toContain(url.origin);
        expect([url.username, url.password]).toEqual(['', '']);
      }
      // Nothing in it that one program drops and another does not, and no second reading.
      expect(result).toMatch(/^[!-~]+$/);
      expect(result).not.toMatch(/\\|^\/\//);
      expect(led(result)).toBe(result);
    }),
    size,
  );
  // The attacks come close enough that some of them are harmless.
  expect(accepted).toBeGreaterThan(size.numRuns / 200);
});

it('checkedReturnTo takes every honest path, and every honest address at an allowed origin', () => {
  const word = fc.stringMatching(/^[\w~!$&'()*+,;=:@-]{1,12}$/);
  const query = fc.array(fc.tuple(word, fc.webUrl({ withQueryParameters: true })), { maxLength: 3 });
  const honest = fc.tuple(
    fc.array(word, { maxLength: 4 }),
    query,
    fc.option(word),
    fc.constantFrom('', ...allowed),
  );
  fc.assert(
    fc.property(honest, ([words, parameters, fragment, origin]) => {
      const search = parameters.length > 0 ? `?${new URLSearchParams(parameters).toString()}` : '';
      const returnTo = `${origin}/${words.join('/')}${search}${fragment === null ? '' : `#${fragment}`}`;
      const result = led(returnTo);
      expect(result).not.toBeNull();
      for (const base of bases) expect(new URL(result ?? '', base).href).toBe(new URL(returnTo, base).href);
    }),
    runs(200, 20_000),
  );
});
