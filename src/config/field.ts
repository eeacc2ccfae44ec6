/**
 * What a field of the document is: a reader of its value and a JSON Schema of what may be written.
 * Each kind of field has a constructor in one of the `field-*.ts` files, which keeps the two together.
 */
import type { Fault } from './fault';
import type { Environment } from './interpolate';
import type { JsonSchema } from './json-schema';

/** What a reader needs to know beside the value. */
export interface FieldContext {
  /** Variables for `${VAR}`; null where a text is taken as it is. */
  readonly environment: Environment | null;
  /** Whether the entry goes to the table, where no secret may be. */
  readonly stored: boolean;
}

/** One field of an object of the document. */
export interface Field<Value> {
  /** The value with its variables put in, or the complaint about it; not called for `null` and `undefined`. */
  readonly read: (value: unknown, context: FieldContext) => Value | Fault;
  /** What may be written. Its `description` is the docstring of the field in `document.ts`. */
  readonly schema: JsonSchema;
}

/** The fields of one object, by key. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** What the fields of an object hold when there is no complaint about any of them; an absent one is `undefined`. */
export type FieldValues<F extends Fields> = {
  readonly [Key in keyof F]?: F[Key] extends Field<infer Value> ? Value | undefined : never;
};

/** The same field with a default that editors show; the default itself is put in where the value is used. */
export function withDefault<Value>({ read, schema }: Field<Value>, value: unknown): Field<Value> {
  return { read, schema: { ...schema, default: value } };
}

/** A field that this package knows and does not read here. */
export function unread(): Field<unknown> {
  return { read: (value) => value, schema: {} };
}
