/** The parts of JSON Schema (draft 2020-12) that describe a field, and the patterns that several fields share. */
import { VARIABLE } from './interpolate';

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
const HAS_VARIABLE = `(?:^|[^$])${VARIABLE}`;

/** The pattern of texts that match, or that hold a variable and may match once it is put in. */
export function patternOrVariable(pattern: RegExp): string {
  return `${pattern.source}|${HAS_VARIABLE}`;
}

/** A text that holds a variable, for fields that otherwise allow a few words. */
export const VARIABLE_TEXT: JsonSchema = { type: 'string', pattern: HAS_VARIABLE };
