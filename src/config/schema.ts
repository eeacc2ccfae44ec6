/**
 * The fields of one `mcpServers` entry and of its `oauth_config`, and how each is read.
 * Decides field by field; never how fields depend on each other (`entry.ts`, `oauth-entry.ts`).
 */
import { object, optional, pipe, transform, unknown } from 'zod/mini';
import type { ZodMiniObject, output } from 'zod/mini';
import type { AuthType, Transport } from './definition';
import { Fault } from './fault';
import { readAddress } from './field-address';
import { readCapture } from './field-capture';
import { readJsonObject, readParameters } from './field-json';
import { readArn, readPlace, readSecret, readVariableName } from './field-secret';
import type { FieldContext } from './field-text';
import { readChoice, readFlag, readText, readTextList, readWholeNumber } from './field-text';

export const AUTH_TYPES: ReadonlyMap<string, AuthType> = words('oauth2', 'bond_jwt', 'static', 'none');

const TRANSPORTS: ReadonlyMap<string, Transport> = new Map([
  ['sse', 'sse'],
  ['streamable-http', 'streamable-http'],
  ['http', 'streamable-http'],
  ['streamable_http', 'streamable-http'],
  ['streamableHttp', 'streamable-http'],
]);
const AUTH_METHODS = words('client_secret_basic', 'client_secret_basic_raw', 'client_secret_post', 'none');
const MAX_SECONDS = 2_147_483_647;

/** The fields of an entry; each comes out as its value, as a `Fault`, or as `undefined` when it is not there. */
export function entrySchema(context: FieldContext) {
  return object({
    url: field((value) => readAddress(value, context)),
    transport: field((value) => readChoice(value, context, TRANSPORTS)),
    type: field((value) => readChoice(value, context, TRANSPORTS)),
    auth_type: field((value) => readChoice(value, context, AUTH_TYPES)),
    display_name: field((value) => readText(value, context)),
    description: field((value) => readText(value, context, { empty: true })),
    icon_url: field((value) => readAddress(value, context)),
    enabled: field((value) => readFlag(value, context)),
    cloud_id: field((value) => readText(value, context)),
    site_url: field((value) => readAddress(value, context)),
    extra_config: field((value) => readJsonObject(value, context)),
    oauth_config: elsewhere(),
    headers: elsewhere(),
    command: elsewhere(),
    args: elsewhere(),
    env: elsewhere(),
    cwd: elsewhere(),
  });
}

/** The fields of `oauth_config`. */
export function oauthSchema(context: FieldContext) {
  const address = () => field((value) => readAddress(value, context, { fragment: false }));
  const parameters = () => field((value) => readParameters(value, context));
  const text = () => field((value) => readText(value, context));
  const choice = <T extends string>(choices: ReadonlyMap<string, T>) =>
    field((value) => readChoice(value, context, choices));
  return object({
    client_id: text(),
    client_secret: field((value) => readSecret(value, context)),
    client_secret_env: field((value) => readVariableName(value, context)),
    client_secret_file: field((value) => readPlace(value, context)),
    client_secret_arn: field((value) => readArn(value, context)),
    authorize_url: address(),
    token_url: address(),
    issuer: text(),
    redirect_uri: address(),
    scopes: field((value) => readTexts(value, context)),
    provider: text(),
    authorize_params: parameters(),
    token_params: parameters(),
    refresh_params: parameters(),
    token_endpoint_auth_method: choice(AUTH_METHODS),
    token_request_format: choice(words('form', 'json')),
    scope_separator: text(),
    refresh_url: address(),
    revoke_url: address(),
    refresh_scope: choice(words('omit', 'requested')),
    pkce: choice(words('S256', 'off')),
    resource: field((value) => (value === 'off' ? value : readAddress(value, context, { fragment: false }))),
    default_expires_in: field((value) => readWholeNumber(value, context, 1, MAX_SECONDS)),
    refresh_margin: field((value) => readWholeNumber(value, context, 0, MAX_SECONDS)),
    token_path: text(),
    error_path: text(),
    capture: field((value) => readCapture(value, context)),
  });
}

export type EntryFields = SoundFields<ReturnType<typeof entrySchema>>;
export type OAuthFields = SoundFields<ReturnType<typeof oauthSchema>>;

/** What a schema gives when no field has a complaint. */
export type SoundFields<S extends ZodMiniObject> = {
  [K in keyof output<S>]: Exclude<output<S>[K], Fault>;
};

/** A text, or a list of them. */
function readTexts(value: unknown, context: FieldContext): string[] | Fault {
  if (Array.isArray(value)) {
    return readTextList(value, context, { empty: true });
  }
  const text = readText(value, context, { empty: true });
  return text instanceof Fault ? text : [text];
}

// A complaint is a value here and not a zod issue: that is ten times cheaper where a hostile document has a million
// of them, and no message of zod's, which could quote the input, is ever made.
function field<T>(read: (value: unknown) => T | Fault) {
  return optional(pipe(unknown(), transform(read)));
}

function elsewhere() {
  return optional(unknown());
}

function words<T extends string>(...all: readonly T[]): ReadonlyMap<string, T> {
  return new Map(all.map((word) => [word, word]));
}
