/**
 * What counts as an object of a JSON document when a program hands one over.
 * Decides by what the value is, never by what is in it.
 */

/** Whether a value is an object as JSON means it: no list, `Map`, `Date`, promise, buffer and so on. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === '[object Object]';
}
