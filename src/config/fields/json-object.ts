/**
 * Fields that hold an object of any fields: `extra_config`, and the extra parameters of requests.
 * Decides what a JSON column can hold (depth, size, texts, no secret); never shows a value.
 */
import { quote } from '../../errors';
import type { JsonObject, JsonValue } from '../definition';
import { Fault, describeFound, fault, typeFault } from '../fault';
import type { PlainObject } from '../json';
import { isPlainObject } from '../json';
import { looksSecret } from '../secret-names';
import type { Field, FieldContext } from './field';
import { readText, MAX_TEXT_LENGTH, SECRET_ADVICE, storedTextFault } from './text';

const MAX_BYTES = 60_000;
const MAX_DEPTH = 32;
const AN_OBJECT = 'it must be an object';
const FIELD_ADVICE = `${SECRET_ADVICE}; give what is no secret another name`;

/** A field that holds a JSON object. */
export function jsonObject(): Field<JsonObject> {
  return { read: readJsonObject, schema: { type: 'object' } };
}

/** A field that holds parameters of a request. */
export function parameters(): Field<Record<string, string>> {
  const parameter = { type: ['string', 'number', 'boolean'], maxLength: MAX_TEXT_LENGTH } as const;
  return { read: readParameters, schema: { type: 'object', additionalProperties: parameter } };
}

/** A copy of a JSON object with the variables of its texts put in. */
export function readJsonObject(value: unknown, context: FieldContext): JsonObject | Fault {
  const copied = isPlainObject(value) ? copyObject(value, context, 1) : typeFault(value, AN_OBJECT);
  return copied instanceof Fault ? copied : (sizeFault(copied) ?? copied);
}

/** Parameters of a request: texts by name; numbers and booleans become text. */
function readParameters(value: unknown, context: FieldContext): Record<string, string> | Fault {
  if (!isPlainObject(value)) {
    return typeFault(value, AN_OBJECT);
  }
  const texts: Record<string, string> = {};
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (item === undefined) {
      continue;
    }
    const isScalar = (typeof item === 'number' && Number.isFinite(item)) || typeof item === 'boolean';
    const scalar = isScalar ? String(item) : item;
    const text = keyFault(key, context) ?? readText(scalar, context, { disclosure: 'kind', empty: true });
    if (text instanceof Fault) {
      return text.within(key);
    }
    texts[key] = text;
  }
  return sizeFault(texts) ?? texts;
}

/** The complaint about a value that is too large for a JSON column, if there is one. */
export function sizeFault(value: object): Fault | undefined {
  return Buffer.byteLength(JSON.stringify(value)) > MAX_BYTES
    ? fault('too_large', `more than ${MAX_BYTES} bytes of JSON`, `at most ${MAX_BYTES} are allowed`)
    : undefined;
}

function copyValue(value: unknown, context: FieldContext, depth: number): JsonValue | Fault {
  if (typeof value === 'string') {
    return readText(value, context, { disclosure: 'kind', empty: true, content: 'prose' });
  }
  if (value === null || typeof value === 'boolean') {
    return value;
  }
  if (typeof value === 'number' && Number.isFinite(value)) {
    return value + 0; // JSON text cannot keep -0, so it would differ from its own stored copy
  }
  if (depth > MAX_DEPTH) {
    return fault('too_large', `more than ${MAX_DEPTH} levels of nesting`, `at most ${MAX_DEPTH} are allowed`);
  }
  if (Array.isArray(value)) {
    return copyList(value, context, depth);
  }
  if (isPlainObject(value)) {
    return copyObject(value, context, depth);
  }
  return fault('invalid_type', describeFound(value, 'kind'), 'it must be a JSON value');
}

function copyObject(value: PlainObject, context: FieldContext, depth: number): JsonObject | Fault {
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) {
    if (value[key] === undefined) {
      continue;
    }
    const copied = keyFault(key, context) ?? copyValue(value[key], context, depth + 1);
    if (copied instanceof Fault) {
      return copied.within(key);
    }
    copy[key] = copied;
  }
  return copy;
}

function copyList(value: readonly unknown[], context: FieldContext, depth: number): JsonValue[] | Fault {
  const copy: JsonValue[] = [];
  for (let index = 0; index < value.length; index += 1) {
    const copied = copyValue(value[index], context, depth + 1);
    if (copied instanceof Fault) {
      return copied.within(index);
    }
    copy.push(copied);
  }
  return copy;
}

function keyFault(key: string, context: FieldContext): Fault | undefined {
  if (key === '__proto__') {
    return fault('invalid_value', `a field named ${quote(key)}`, 'any other name is allowed');
  }
  const unfit = storedTextFault(key);
  if (unfit !== undefined) {
    return unfit;
  }
  return context.stored && looksSecret(key)
    ? fault('secret_in_table_field', 'a field that looks like a secret', FIELD_ADVICE)
    : undefined;
}
