/** Fields that hold one of a few words, yes or no, or a number; each may also be given by a variable, as text. */
import { quote } from '../../errors';
import { Fault, describeFound, fault } from '../fault';
import type { Field, FieldContext } from './field';
import { VARIABLE_TEXT, patternOrVariable } from './field';
import { readText } from './text';

const DIGITS = /^[0-9]{1,15}$/;

/** A field that holds one of a few words, each read as what it means. */
export function choice<T>(meanings: ReadonlyMap<string, T>): Field<T> {
  return {
    read: (value, context) => readChoice(value, context, meanings),
    schema: { anyOf: [{ enum: [...meanings.keys()] }, VARIABLE_TEXT] },
  };
}

/** A field that holds `true` or `false`, also as text, because that is all a variable can give. */
export function flag(): Field<boolean> {
  return {
    read: readFlag,
    schema: { type: ['boolean', 'string'], pattern: patternOrVariable(/^(?:true|false)$/) },
  };
}

/** A field that holds a whole number within bounds, also as digits. */
export function wholeNumber(least: number, most: number): Field<number> {
  return {
    read: (value, context) => readWholeNumber(value, context, least, most),
    schema: {
      type: ['integer', 'string'],
      minimum: least,
      maximum: most,
      pattern: patternOrVariable(DIGITS),
    },
  };
}

/** One of a few words, mapped to what each means. */
function readChoice<T>(value: unknown, context: FieldContext, meanings: ReadonlyMap<string, T>): T | Fault {
  const written = readText(value, context, { disclosure: 'value', empty: true });
  if (written instanceof Fault && written.code !== 'invalid_type') {
    return written;
  }
  const meaning = written instanceof Fault ? undefined : meanings.get(written);
  if (meaning !== undefined) {
    return meaning;
  }
  const allowed = [...meanings.keys()].map((word) => quote(word)).join(', ');
  return fault('invalid_value', describeFound(value, 'value'), `allowed are ${allowed}`);
}

function readFlag(value: unknown, context: FieldContext): boolean | Fault {
  if (typeof value === 'boolean') {
    return value;
  }
  const written = typeof value === 'string' ? readText(value, context, { empty: true }) : undefined;
  if (written instanceof Fault) {
    return written;
  }
  if (written === 'true' || written === 'false') {
    return written === 'true';
  }
  return fault('invalid_value', describeFound(value, 'value'), 'allowed are true and false');
}

function readWholeNumber(value: unknown, context: FieldContext, least: number, most: number): number | Fault {
  const written = typeof value === 'string' ? readText(value, context, { empty: true }) : undefined;
  if (written instanceof Fault) {
    return written;
  }
  const number = written === undefined ? value : DIGITS.test(written) ? Number(written) : undefined;
  if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most) {
    return number + 0;
  }
  const disclosure = typeof value === 'number' ? 'value' : 'shape';
  return fault(
    'invalid_value',
    describeFound(value, disclosure),
    `allowed is a whole number from ${least} to ${most}`,
  );
}

/** A field that holds one of a few words, which mean themselves. */
export function words<T extends string>(...all: readonly T[]): Field<T> {
  return choice(new Map(all.map((word) => [word, word])));
}
