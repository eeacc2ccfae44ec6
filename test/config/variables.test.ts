import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interpolate } from '../../src/config/variables';

const environment = { A: 'alpha', EMPTY: '', NESTED: '${A}', DOLLAR: '$', _x1: 'low', UNSET: undefined };

describe('interpolate', () => {
  it.each([
    ['${A}', 'alpha'],
    ['x${A}y${A}z', 'xalphayalphaz'],
    ['${_x1}', 'low'],
    ['${A:-other}', 'alpha'],
    ['${EMPTY}', ''],
    ['${EMPTY:-other}', 'other'],
    ['${NONE:-other}', 'other'],
    ['${UNSET:-other}', 'other'],
    ['${NONE:-}', ''],
    ['${NONE:-a:-b $x}', 'a:-b $x'],
    ['${NESTED}', '${A}'],
    ['${DOLLAR}{A}', '${A}'],
    ['$${A}', '${A}'],
    ['$${A:-b}', '${A:-b}'],
    ['$$${A}', '$${A}'],
    ['$A $ {A} ${} ${1A} ${A-x} ${A ${a b}', '$A $ {A} ${} ${1A} ${A-x} ${A ${a b}'],
    ['$${', '$${'],
    ['', ''],
  ])('turns %j into %j', (text, expanded) => {
    expect(interpolate(text, environment)).toEqual({ text: expanded, missing: [] });
  });

  it('lists each missing variable once and leaves it as it is', () => {
    expect(interpolate('${B} ${A} ${C} ${B} ${UNSET}', environment)).toEqual({
      text: '${B} alpha ${C} ${B} ${UNSET}',
      missing: ['B', 'C', 'UNSET'],
    });
  });

  it.each(['__proto__', 'constructor', 'toString'])('takes no variable %s from a prototype', (name) => {
    expect(interpolate(`\${${name}}`, {})).toEqual({ text: `\${${name}}`, missing: [name] });
  });

  it('never expands what a variable gave', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (before, value, after) => {
        fc.pre(!/[$]/.test(before + after));
        expect(interpolate(`${before}\${V}${after}`, { V: value, A: 'never' }).text).toBe(
          before + value + after,
        );
      }),
    );
  });

  it('takes hostile texts of many openings in one pass', () => {
    const text = '${A:-'.repeat(200_000) + '$${'.repeat(200_000);
    expect(interpolate(text, {})).toEqual({ text, missing: [] });
  });
});
