/** One table from code to status, and a text for people for each. */
import { describe, expect, it } from 'vitest';
import type { AnswerCode } from '../../src/http/status';
import { PHRASES, statusOf } from '../../src/http/status';
import { textOf } from '../../src/http/texts';
import { headings, textOf as documentNamed } from '../docs/documents';

const ours = headings('docs/errors.md').flatMap(({ title }): AnswerCode[] => {
  const [, code] = /^`(\w+)`$/.exec(title) ?? [];
  return code === undefined ? [] : [code as AnswerCode];
});
const ofHandler: readonly AnswerCode[] = [
  'not_found',
  'method_not_allowed',
  'unauthenticated',
  'request_refused',
  'body_too_large',
  'body_unsupported',
  'body_invalid',
  'internal_error',
];

describe('The status of an error', () => {
  it.each([...ours, ...ofHandler])('%s is one that has a phrase, and comes with a sentence', (code) => {
    expect(PHRASES).toHaveProperty(String(statusOf(code)));
    const text = textOf(code, {}, 'Atlassian');
    expect(text).toMatch(/^[A-Z].*[.]$/);
    expect(text).not.toMatch(/[{}`]|undefined|null/);
  });

  it('is that of the original service, where it had the error', () => {
    const known = {
      connection_unknown: 404,
      connection_not_oauth: 400,
      state_unknown: 400,
      callback_invalid: 422,
      unauthenticated: 401,
      request_refused: 403,
    } as const;
    for (const [code, status] of Object.entries(known))
      expect([code, statusOf(code as AnswerCode)]).toEqual([code, status]);
  });

  it('says by its class who can mend it: the request, the service, or time', () => {
    expect(ours.length).toBeGreaterThan(40);
    for (const code of ['provider_unavailable', 'database_busy', 'connections_closed'] as const)
      expect([code, statusOf(code)]).toEqual([code, 503]);
    for (const code of ['tables_missing', 'secret_unresolved', 'key_unknown'] as const)
      expect([code, statusOf(code)]).toEqual([code, 500]);
    for (const code of ['return_to_refused', 'account_invalid', 'authorization_denied'] as const)
      expect(statusOf(code)).toBeLessThan(500);
  });

  it('is in the table of docs/http.md', () => {
    const rows = [...documentNamed('docs/http.md').matchAll(/^\| (\d{3}) +\| (.+) \|$/gm)];
    const told = rows.flatMap(([, status, codes = '']) =>
      [...codes.matchAll(/`([a-z]+_[a-z_]+)`/g)].map(([, code = '']) => [code, Number(status)]),
    );
    expect(told.length).toBeGreaterThan(15);
    expect(told).toEqual(told.map(([code]) => [code, statusOf(code as AnswerCode)]));
    expect([...new Set(rows.map(([, status]) => status))]).toEqual(Object.keys(PHRASES));
  });

  it('of a code that only a newer release knows is an error of the service', () => {
    expect(statusOf('later_than_this' as AnswerCode)).toBe(500);
    expect(textOf('later_than_this' as AnswerCode, {}, null)).toMatch(/\w/);
  });

  it('has a sentence of the host’s where there is one, with the name of the connection as it is', () => {
    const texts = { connection_unknown: 'No {connection}, and no {connection}.' };
    expect(textOf('connection_unknown', texts, '$& <b>')).toBe('No $& <b>, and no $& <b>.');
  });

  it('is not taken from what every object has', () => {
    expect(statusOf('constructor' as AnswerCode)).toBe(500);
    expect(textOf('constructor' as AnswerCode, {}, null)).toEqual(expect.any(String));
  });
});
