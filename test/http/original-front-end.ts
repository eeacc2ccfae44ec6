/**
 * The front end of the original service, as strict as it is: only 200 is success, every request says that it is JSON and has no
 * body, and one wrong type in one element fails the whole page.
 */
import type { ConnectionJson, ConnectionsJson, ExpiredJson } from '../../src/http';

type Send = (path: string, init: { method: string; headers: Record<string, string> }) => Promise<Response>;

const text = (value: unknown) => typeof value === 'string';
const flag = (value: unknown) => typeof value === 'boolean';
const textOrNull = (value: unknown) => value === null || text(value);
const instantOrNull = (value: unknown) =>
  value === null ||
  (typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value));

type Checks = Readonly<Record<string, (value: unknown) => boolean>>;

const connectionChecks: Checks = {
  name: text,
  display_name: text,
  description: textOrNull,
  icon_url: textOrNull,
  connected: flag,
  valid: flag,
  has_refresh_token: flag,
  requires_authorization: flag,
  auth_type: text,
  scopes: textOrNull,
  expires_at: instantOrNull,
  is_user_defined: flag,
  user_server_id: textOrNull,
};
const expiredChecks: Checks = { name: text, display_name: text, expires_at: instantOrNull };

export class OriginalFrontEnd {
  constructor(private readonly send: Send) {}

  async list(): Promise<ConnectionsJson> {
    const body = await this.request('/connections');
    for (const each of elements(body, 'connections')) check('connection', each, connectionChecks);
    for (const each of elements(body, 'expired')) check('expired', each, expiredChecks);
    return body as unknown as ConnectionsJson;
  }

  async status(name: string): Promise<ConnectionJson> {
    const body = await this.request(`/connections/${name}/status`);
    check('connection', body, connectionChecks);
    return body as unknown as ConnectionJson;
  }

  async expired(): Promise<readonly ExpiredJson[]> {
    const body = await this.request('/connections/check-expired');
    check('answer', body, { has_expired: flag });
    const listed = elements(body, 'expired_connections');
    for (const each of listed) check('expired', each, expiredChecks);
    if (body['has_expired'] !== listed.length > 0) throw new Error('has_expired is not what the list says');
    return listed as unknown as ExpiredJson[];
  }

  /** Where the front end then goes in the same window. */
  async connect(name: string): Promise<string> {
    const body = await this.request(`/connections/${name}/authorize`);
    check('answer', body, { authorization_url: text, connection_name: text, message: text });
    return body['authorization_url'] as string;
  }

  /** Whether it would load the list anew. */
  async disconnect(name: string): Promise<boolean> {
    const body = await this.request(`/connections/${name}`, 'DELETE');
    check('answer', body, { message: text, connection_name: text, disconnected: flag });
    return body['disconnected'] as boolean;
  }

  private async request(path: string, method = 'GET'): Promise<Record<string, unknown>> {
    const response = await this.send(path, { method, headers: { 'content-type': 'application/json' } });
    const body: unknown = await response.json();
    if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new Error('not an object');
    if (response.status === 200) return body as Record<string, unknown>;
    const { detail } = body as { detail?: unknown };
    throw new Error(`${response.status}: ${typeof detail === 'string' ? detail : 'no detail'}`);
  }
}

/** The button that the front end shows. */
export function buttonOf({ connected, valid }: ConnectionJson): 'Connect' | 'Disconnect' | 'Reconnect' {
  return !connected ? 'Connect' : valid ? 'Disconnect' : 'Reconnect';
}

function elements(body: Record<string, unknown>, field: string): Record<string, unknown>[] {
  const list = body[field];
  if (!Array.isArray(list)) throw new Error(`${field} is no list`);
  return list as Record<string, unknown>[];
}

function check(what: string, value: Record<string, unknown>, checks: Checks): void {
  for (const [field, isRight] of Object.entries(checks))
    if (!isRight(value[field])) throw new Error(`${what}: ${field} is ${JSON.stringify(value[field])}`);
}
