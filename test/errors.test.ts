import { describe, expect, it } from 'vitest';
import {
  ConnectionsError,
  describeError,
  findConnectionsError,
  isConnectionsError,
  quote,
  withDetails,
} from '../src/errors';

describe('ConnectionsError', () => {
  it('carries a code, a message and the evidence', () => {
    const cause = new Error('evidence');
    const error = new ConnectionsError('tables_missing', 'what to do', { cause });
    expect([error.name, error.code, error.message, error.cause]).toEqual([
      'ConnectionsError',
      'tables_missing',
      'what to do',
      cause,
    ]);
    expect(error).toBeInstanceOf(Error);
  });

  it('carries what it is about, and nothing where nothing is known', () => {
    const retryAt = new Date(0);
    const about = { connectionName: 'github', account: 'work', returnTo: null, retryAt };
    expect(new ConnectionsError('provider_unavailable', 'm', about)).toMatchObject(about);
    expect(
      Object.keys(new ConnectionsError('database_busy', 'm', { connectionName: undefined } as never)),
    ).toEqual(['code', 'name']);
    expect(new ConnectionsError('provider_unavailable', 'm').retryAt).toBeNull();
  });
});

describe('isConnectionsError', () => {
  const error = new ConnectionsError('not_connected', 'm', { connectionName: 'github', account: 'default' });

  it('accepts any code, or the one that is given', () => {
    expect([isConnectionsError(error), isConnectionsError(error, 'not_connected')]).toEqual([true, true]);
    expect(isConnectionsError(error, 'key_unknown')).toBe(false);
    expect(isConnectionsError(error, 'key_unknown', 'not_connected')).toBe(true);
  });

  it('knows an error of another copy of the package', () => {
    const other = Object.assign(new Error('m'), { name: 'ConnectionsError', code: 'key_unknown' });
    expect(isConnectionsError(other, 'key_unknown')).toBe(true);
  });

  it.each([[new Error('m')], [{ name: 'ConnectionsError', code: 'key_unknown' }], [null], ['text']])(
    'refuses %j',
    (thrown) => {
      expect(isConnectionsError(thrown)).toBe(false);
    },
  );
});

describe('findConnectionsError', () => {
  const inner = new ConnectionsError('reauthorization_required', 'm', { reason: 'expired' });

  it.each([
    ['the error itself', inner],
    ['its cause', new Error('m', { cause: inner })],
    ['the cause of its cause', new TypeError('m', { cause: new Error('m', { cause: inner }) })],
    ['the cause in its data', Object.assign(new Error('m'), { data: { cause: inner } })],
    ['both ways mixed', new Error('m', { cause: { data: { cause: { cause: inner } } } })],
  ])('finds it in %s', (_where, thrown) => {
    expect(findConnectionsError(thrown)).toBe(inner);
  });

  it('takes the outermost of two, or of those with the codes that are given', () => {
    const outer = new ConnectionsError('create_all_failed', 'm', { cause: inner });
    const wrapped = new Error('m', { cause: outer });
    expect(findConnectionsError(wrapped)).toBe(outer);
    expect(findConnectionsError(wrapped, 'not_connected', 'reauthorization_required')).toBe(inner);
    expect(findConnectionsError(wrapped, 'not_connected')).toBeUndefined();
  });

  it('finds none where there is none, not even in a circle', () => {
    const circle = new Error('m');
    circle.cause = Object.assign(new Error('m'), { cause: circle, data: { cause: circle } });
    expect(
      [circle, undefined, null, 'text', {}, new Error('m')].map((thrown) => findConnectionsError(thrown)),
    ).toEqual(Array.from({ length: 6 }));
  });
});

describe('an error that fights back', () => {
  const failing = () => {
    throw new Error('from a getter');
  };
  const hostile = [
    Object.defineProperty(new Error('m'), 'cause', { get: failing }),
    Object.defineProperty(new Error('m'), 'name', { get: failing }),
    Object.defineProperty({}, 'data', { get: failing }),
    new Proxy(new Error('m'), { get: failing, getPrototypeOf: failing, has: failing }),
  ];

  it.each(hostile.map((error, index) => ({ index, error })))('is no error of ours ($index)', ({ error }) => {
    expect([isConnectionsError(error), findConnectionsError(error)]).toEqual([false, undefined]);
  });

  it('is looked through once, however often it holds itself', () => {
    let reads = 0;
    const error: Record<string, unknown> = {};
    Object.defineProperty(error, 'cause', {
      get: () => {
        reads += 1;
        return error;
      },
    });
    error['data'] = error;
    expect(findConnectionsError(error)).toBeUndefined();
    expect(reads).toBeLessThan(5);
  });

  it('keeps to the details that there are', () => {
    const error = new ConnectionsError('key_unknown', 'm', { code: 'x', message: 'y', stack: 'z' } as never);
    expect([error.code, error.message, error.stack === 'z']).toEqual(['key_unknown', 'm', false]);
  });
});

describe('withDetails', () => {
  it('adds what an error does not say itself, to a copy', () => {
    const error = new ConnectionsError('key_unknown', 'm', { account: 'work', cause: 1 });
    const copy = withDetails(error, { connectionName: 'github', account: 'default' }) as ConnectionsError;
    expect(copy).not.toBe(error);
    expect(copy).toMatchObject({
      code: 'key_unknown',
      message: 'm',
      connectionName: 'github',
      account: 'work',
      cause: 1,
    });
    expect(copy.stack).toBe(error.stack);
    expect(error.connectionName).toBeUndefined();
  });

  it('gives back an error that says it all, and what is not ours', () => {
    const error = new ConnectionsError('key_unknown', 'm', { connectionName: 'github' });
    expect(withDetails(error, { connectionName: 'slack' })).toBe(error);
    expect(withDetails('text', { connectionName: 'slack' })).toBe('text');
  });
});

describe('quote', () => {
  it.each([
    ['plain', '"plain"'],
    ['say "hi"', '"say \\"hi\\""'],
    ['two\nlines\u001b[31m', '"two\\u000alines\\u001b[31m"'],
    ['\ud800', '"\\ud800"'],
    ['\u202eright', '"\\u202eright"'],
    ['<img src=x onerror=alert(1)>', '"\\u003cimg src=x onerror=alert(1)\\u003e"'],
    ['a&lt;b', '"a\\u0026lt;b"'],
    ["it’s `code`, it's", '"it’s `code`, it\'s"'],
    ['x'.repeat(100), `"${'x'.repeat(80)}…"`],
  ])('makes %j safe to show', (text, shown) => {
    expect(quote(text)).toBe(shown);
  });
});

describe('describeError', () => {
  it('gives one bounded line of anything thrown', () => {
    expect([describeError(new Error('a\nb')), describeError('text'), describeError(undefined)]).toEqual([
      'a\\u000ab',
      'text',
      'undefined',
    ]);
    expect(describeError(new Error('x'.repeat(1000)))).toHaveLength(301);
    expect(describeError(new Error('<b>'))).toBe('\\u003cb\\u003e');
  });

  it('says so of what cannot be read', () => {
    const failing = () => {
      throw new Error('from a getter');
    };
    const hostile = [
      Object.create(null),
      { toString: failing },
      Object.defineProperty(new Error('m'), 'message', { get: failing }),
      new Proxy({}, { get: failing, getPrototypeOf: failing }),
    ];
    for (const error of hostile) expect(describeError(error)).toBe('an error that cannot be read');
  });
});
