/**
 * The fields of one `mcpServers` entry. Decides field by field; how fields depend on each other is in `entry.ts`.
 */
import type { AuthType, Transport } from './definition';
import { unread, withDefault } from './field';
import type { FieldValues } from './field';
import { address } from './field-address';
import { jsonObject } from './field-json';
import { origins } from './field-origins';
import { choice, flag, orEmpty, text } from './field-text';

export const AUTH_TYPES: ReadonlyMap<string, AuthType> = new Map([
  ['oauth2', 'oauth2'],
  ['bond_jwt', 'bond_jwt'],
  ['static', 'static'],
  ['none', 'none'],
]);

const TRANSPORTS: ReadonlyMap<string, Transport> = new Map([
  ['sse', 'sse'],
  ['streamable-http', 'streamable-http'],
  ['http', 'streamable-http'],
  ['streamable_http', 'streamable-http'],
  ['streamableHttp', 'streamable-http'],
]);

export const DEFAULT_TRANSPORT: Transport = 'sse';

/** The fields of an entry, in the order in which problems with them are listed. */
export const entryFields = {
  url: address(),
  api_origins: origins(),
  transport: withDefault(choice(TRANSPORTS), DEFAULT_TRANSPORT),
  type: withDefault(choice(TRANSPORTS), DEFAULT_TRANSPORT),
  auth_type: choice(AUTH_TYPES),
  display_name: text({ content: 'prose' }),
  description: text({ empty: true, content: 'prose' }),
  icon_url: orEmpty(address()),
  enabled: flag(),
  cloud_id: orEmpty(text()),
  site_url: orEmpty(address()),
  extra_config: jsonObject(),
  oauth_config: unread(),
  headers: unread(),
  allowed_tools: unread(),
  timeout: unread(),
  command: unread(),
  args: unread(),
  env: unread(),
  cwd: unread(),
};

export type EntryFields = FieldValues<typeof entryFields>;
