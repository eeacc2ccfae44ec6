/** Reads lists of texts. Decides how long they may be; never knows which field it reads. */
import { Fault, describeFound, fault } from './fault';
import type { Field, FieldContext } from './field';
import type { TextOptions } from './field-text';
import { readText, text } from './field-text';
import { MAX_TEXT_LENGTH } from './stored-text';

/** A field that holds a list of texts, 16,000 characters at most in all. */
export function textList(): Field<string[]> {
  return { read: readTextList, schema: { type: 'array', items: text().schema } };
}

/** A field that holds one text, read as a list of one, or a list of texts; any of them may be empty. */
export function textOrList(): Field<string[]> {
  const limits = { maxLength: MAX_TEXT_LENGTH };
  return {
    read: readTextOrList,
    schema: { type: ['string', 'array'], ...limits, items: { type: 'string', ...limits } },
  };
}

function readTextOrList(value: unknown, context: FieldContext): string[] | Fault {
  if (Array.isArray(value)) {
    return readTextList(value, context, { empty: true });
  }
  const found = readText(value, context, { empty: true });
  return found instanceof Fault ? found : [found];
}

/** The texts of a list, or the complaint about the first bad one. */
export function readTextList(
  value: unknown,
  context: FieldContext,
  options: TextOptions = {},
): string[] | Fault {
  if (!Array.isArray(value)) {
    return fault('invalid_type', describeFound(value, 'shape'), 'it must be a list of texts');
  }
  const texts: string[] = [];
  let length = 0;
  for (const [index, item] of (value as unknown[]).entries()) {
    const found = readText(item, context, options);
    if (found instanceof Fault) {
      return new Fault(found.code, found.message, [index]);
    }
    length += found.length + 1;
    if (length > MAX_TEXT_LENGTH) {
      const allowed = `at most ${MAX_TEXT_LENGTH} characters in all are allowed`;
      return fault('too_large', describeFound(value, 'shape'), allowed);
    }
    texts.push(found);
  }
  return texts;
}
