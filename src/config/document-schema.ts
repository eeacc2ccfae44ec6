/**
 * The JSON Schema of the document, put together from the descriptions of its fields. The build writes it; nothing that
 * runs in a host imports it. It refuses what `parseConnections` calls an error or ignores with a warning, as far as a
 * schema can tell. It has no `if` and no `not`, which some tools do not know.
 */
import { AUTH_TYPES, entryFields, SECRET_FIELDS, oauthFields } from './document-fields';
import type { Fields, JsonSchema, JsonType } from './fields/field';
import { VARIABLE_TEXT } from './fields/field';

/** The docstring of a type in `document.ts`, or of one of its fields. */
export type Docstrings = (type: string, field?: string) => string;

// No control characters, and no white space at either end.
const CONTROL = '\\u0000-\\u001f\\u007f-\\u009f';
const NAME = `^(?!__proto__$)[^\\s${CONTROL}](?:[^${CONTROL}]*[^\\s${CONTROL}])?$`;

/** Fields that are free for the host, and comments. */
const FREE_FIELDS = { '^x-': {}, '^//': {}, '^[_$]comment': {} };
const NOTHING: JsonSchema = { type: 'null' };
const SOMETHING: JsonSchema = { type: ['string', 'number', 'boolean', 'array', 'object'] };

/** A client secret that is an empty text counts as absent, also once its variables are put in. */
const NO_SECRET: JsonSchema = { anyOf: [{ const: '' }, VARIABLE_TEXT, NOTHING] };
const ONE_SECRET: readonly JsonSchema[] = SECRET_FIELDS.map((allowed) => {
  const others = SECRET_FIELDS.filter((field) => field !== allowed);
  const absent = (field: string) => (field === 'client_secret' ? NO_SECRET : NOTHING);
  return { type: 'object', properties: Object.fromEntries(others.map((field) => [field, absent(field)])) };
});

const OTHER_TYPES = [...AUTH_TYPES.keys()].filter((authType) => authType !== 'oauth2');

/** With a token endpoint nothing is discovered. */
const CLIENT_AT_ENDPOINT: readonly JsonSchema[] = [
  { type: 'object', properties: { token_url: NOTHING } },
  {
    type: 'object',
    properties: { client_id: { type: 'string' } },
    required: ['client_id'],
  },
];

export function documentSchema(docstring: Docstrings): JsonSchema {
  const ref = (name: string): JsonSchema => ({ $ref: `#/$defs/${name}` });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Document of mcp-connections',
    description: docstring('ConnectionsDocument'),
    type: 'object',
    properties: {
      $schema: { description: docstring('ConnectionsDocument', '$schema') },
      mcpServers: {
        description: docstring('ConnectionsDocument', 'mcpServers'),
        type: 'object',
        propertyNames: { minLength: 1, maxLength: 255, pattern: NAME },
        additionalProperties: { anyOf: [ref('connection'), ref('program')] },
      },
    },
    patternProperties: FREE_FIELDS,
    additionalProperties: false,
    $defs: {
      connection: connectionSchema(docstring, ref('oauth_config')),
      program: programSchema(docstring),
      oauth_config: oauthSchema(docstring),
    },
  };
}

function connectionSchema(docstring: Docstrings, oauthConfig: JsonSchema): JsonSchema {
  const type = 'ConnectionDeclaration';
  const { command, args, env, cwd, headers, ...own } = entryFields;
  const declaredHeaders = orNull(headers.schema);
  return {
    description: docstring(type),
    type: 'object',
    properties: {
      ...propertiesOf(own, (field) => docstring(type, field)),
      headers: { description: docstring(type, 'headers') },
      url: { description: docstring(type, 'url'), ...entryFields.url.schema },
      ...propertiesOf({ command, args, env, cwd }, (field) => docstring('ProgramDeclaration', field)),
      command: NOTHING,
    },
    required: ['url'],
    // What many programs write into each entry, and what means nothing here.
    patternProperties: { ...FREE_FIELDS, '^disabled$': { enum: [false] } },
    additionalProperties: false,
    anyOf: [
      {
        type: 'object',
        properties: {
          auth_type: { anyOf: [{ const: 'oauth2' }, VARIABLE_TEXT] },
          oauth_config: { anyOf: [oauthConfig, NOTHING] },
          headers: declaredHeaders,
        },
        required: ['auth_type'],
      },
      {
        type: 'object',
        properties: { auth_type: NOTHING, oauth_config: oauthConfig, headers: declaredHeaders },
        required: ['oauth_config'],
      },
      {
        type: 'object',
        properties: {
          auth_type: { anyOf: [{ enum: OTHER_TYPES }, NOTHING] },
          oauth_config: NOTHING,
          api_origins: NOTHING,
        },
      },
    ],
  };
}

function programSchema(docstring: Docstrings): JsonSchema {
  const { command, args, env, cwd, type, transport } = entryFields;
  const fields = { command, args, env, cwd, type, transport };
  const described = Object.keys(fields).map((field) => [
    field,
    { description: docstring('ProgramDeclaration', field) },
  ]);
  return {
    description: docstring('ProgramDeclaration'),
    type: 'object',
    properties: Object.fromEntries(described),
    anyOf: [
      { type: 'object', properties: { command: SOMETHING }, required: ['command'] },
      { type: 'object', properties: { type: { const: 'stdio' } }, required: ['type'] },
      { type: 'object', properties: { transport: { const: 'stdio' } }, required: ['transport'] },
    ],
  };
}

function oauthSchema(docstring: Docstrings): JsonSchema {
  return {
    description: docstring('OAuthDeclaration'),
    type: 'object',
    properties: propertiesOf(oauthFields, (field) => docstring('OAuthDeclaration', field)),
    patternProperties: FREE_FIELDS,
    additionalProperties: false,
    allOf: [{ anyOf: ONE_SECRET }, { anyOf: CLIENT_AT_ENDPOINT }],
  };
}

function propertiesOf(fields: Fields, describe: (field: string) => string): Record<string, JsonSchema> {
  const described = Object.entries(fields).map(([key, { schema }]) => [
    key,
    { description: describe(key), ...orNull(schema) },
  ]);
  return Object.fromEntries(described) as Record<string, JsonSchema>;
}

/** A field that is null counts as absent. */
function orNull(schema: JsonSchema): JsonSchema {
  if (schema.anyOf !== undefined) {
    return { ...schema, anyOf: [...schema.anyOf, NOTHING] };
  }
  return schema.type === undefined ? schema : { ...schema, type: [schema.type, 'null'].flat() as JsonType[] };
}
