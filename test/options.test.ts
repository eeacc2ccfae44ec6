import { describe, expect, it } from 'vitest';
import type { OptionChecks } from '../src/options';
import {
  abortSignal,
  callback,
  checkOptions,
  flag,
  milliseconds,
  objectWith,
  oneOf,
  origins,
  required,
  rowCount,
  text,
  webUrl,
} from '../src/options';

const messageOf = (options: object, checks: Record<string, (value: unknown) => string | undefined>) => {
  try {
    checkOptions('new Thing', options, checks as OptionChecks<object>);
    return 'accepted';
  } catch (error) {
    expect(error).toMatchObject({ code: 'option_invalid' });
    return (error as Error).message;
  }
};

describe('checkOptions', () => {
  it('gives the options back when each is what it must be, and an absent one has its default', () => {
    const options = { wait: 5, name: undefined };
    expect(checkOptions('new Thing', options, { wait: milliseconds(), name: text })).toBe(options);
  });

  it('names the option, the call and what is expected', () => {
    expect(messageOf({ wait: '5s' }, { wait: milliseconds() })).toBe(
      'Option `wait` of `new Thing` must be a whole number of milliseconds from 1 to 2147483647; found a text of length 2.',
    );
  });

  it('says of an unknown option which one was meant, or which there are', () => {
    expect(messageOf({ wiat: 5 }, { wait: milliseconds() })).toBe(
      '`new Thing` has no option "wiat". Did you mean `wait`?',
    );
    expect(messageOf({ colour: 5 }, { wait: milliseconds(), name: text })).toBe(
      '`new Thing` has no option "colour". It has wait, name.',
    );
  });

  it('says that a required option is missing', () => {
    expect(messageOf({}, { name: required(text) })).toBe(
      'Option `name` of `new Thing` must be a text that is not empty; it is missing.',
    );
    expect(messageOf({ name: 'a' }, { name: required(text) })).toBe('accepted');
  });

  it.each([[null], [undefined], ['text'], [[]], [5]])('refuses %j in the place of options', (given) => {
    expect(messageOf(given as never, {})).toMatch(/^The options of `new Thing` must be an object; found /);
  });

  it('never shows a text, which may be a secret', () => {
    expect(messageOf({ keys: 'k1:secret' }, { keys: flag })).not.toContain('secret');
  });

  it.each([
    [
      'milliseconds',
      milliseconds(),
      [1, 2_147_483_647],
      [0, 1.5, Number.NaN, Infinity, 2_147_483_648, '1', null],
    ],
    ['milliseconds from 0', milliseconds(0), [0], [-1]],
    ['rows', rowCount(), [1, 100_000], [0, 100_001]],
    ['text', text, ['a'], ['', 1, null]],
    ['flag', flag, [true, false], ['true', 0, null]],
    ['callback', callback, [() => 1], [{}, 'f', null]],
    ['one of', oneOf('run', 'off'), ['run'], ['runs', '', null]],
    ['signal', abortSignal, [AbortSignal.timeout(1)], [{}, true]],
    ['methods', objectWith('warn'), [console, { warn: () => 1 }], [{}, { warn: 1 }, 'x', null]],
    [
      'URL',
      webUrl('https://a.test'),
      ['http://a.test/x?y'],
      ['a.test', 'ftp://a.test', 'https://u:p@a.test', 5],
    ],
    [
      'origins',
      origins,
      [[], ['https://a.test', 'http://a.test:1/']],
      ['https://a.test', ['a.test'], ['https://a.test/x'], [5]],
    ],
  ])('knows what is %s', (_name, check, sound, wrong) => {
    expect(sound.filter((value) => check(value) !== undefined)).toEqual([]);
    expect(wrong.filter((value) => check(value) === undefined)).toEqual([]);
  });
});
