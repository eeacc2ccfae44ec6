/**
 * What a field of the document is: a reader of its value and a JSON Schema of what may be written. Each kind of field has a
 * constructor in another file of this folder, which keeps the two together.
 */
import type { Fault } from '../fault';
import type { Environment } from '../variables';
import { VARIABLE } from '../variables';

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
export function anyValue(): Field<unknown> {
  return { read: (value) => value, schema: {} };
}

/** A JSON Schema with the keywords that this package uses. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: JsonType | readonly JsonType[];
  readonly enum?: readonly (string | boolean)[];
  readonly const?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly propertyNames?: JsonSchema;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly additionalProperties?: JsonSchema | false;
  readonly required?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
}

export type JsonType = 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object' | 'null';

/** A variable in a text, and not an escaped one: what the text will be is not known to a schema. */
export const HAS_VARIABLE = `(?:^|[^$])${VARIABLE}`;

/** The pattern of texts that match, or that hold a variable and may match once it is put in. */
export function patternOrVariable(pattern: RegExp): string {
  return `${pattern.source}|${HAS_VARIABLE}`;
}

/** A text that holds a variable, for fields that otherwise allow a few words. */
export const VARIABLE_TEXT: JsonSchema = { type: 'string', pattern: HAS_VARIABLE };
