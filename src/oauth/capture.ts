/**
 * What `capture` of a declaration takes from an answer or a callback. It is stored unencrypted and handed to the
 * host, so it must hold no secret, be bounded in size, and have no name with a special meaning in JavaScript.
 */
import type { JsonObject, JsonValue } from '../config/definition';
import { isNeverCaptured } from '../config/secret-names';
import { valueAt } from './json';

/** In bytes of JSON; a column of MariaDB holds 65,535. */
const MAX_BYTES = 60_000;
const MAX_DEPTH = 20;

/** A host that copies or merges what was captured must not change a prototype by that. */
const NOT_FIELDS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * The fields at the given dotted paths, without secrets inside them, and without what is nested deeper than 20 levels; a
 * field with which they would have over 60,000 bytes is left out. Undefined when the answer has none of them.
 */
export function capture(body: JsonObject, fields: readonly string[] = []): JsonObject | undefined {
  let left = MAX_BYTES;
  const found = fields.flatMap((field): [string, JsonValue][] => {
    const value = NOT_FIELDS.has(field) ? undefined : withoutSecrets(valueAt(body, field), 0);
    if (value === undefined) return [];
    const bytes = Buffer.byteLength(JSON.stringify({ [field]: value }));
    if (bytes > left) return [];
    left -= bytes;
    return [[field, value]];
  });
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

function withoutSecrets(value: JsonValue | undefined, depth: number): JsonValue | undefined {
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return undefined;
  if (Array.isArray(value)) {
    return value.flatMap((one) => {
      const inside = withoutSecrets(one, depth + 1);
      return inside === undefined ? [] : [inside];
    });
  }
  const fields = Object.entries(value).flatMap(([name, one]): [string, JsonValue][] => {
    const inside = isNeverCaptured(name) || NOT_FIELDS.has(name) ? undefined : withoutSecrets(one, depth + 1);
    return inside === undefined ? [] : [[name, inside]];
  });
  return Object.fromEntries(fields);
}
