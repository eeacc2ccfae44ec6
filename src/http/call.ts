/** One request on its way through a route. */
import type { ConnectionDefinition } from '../config/definition';
import type { Connections } from '../connections/connections';
import { isConnectionsError } from '../errors';
import { optionInvalid } from '../options';
import type { RequestUser } from './options';
import type { Service } from './service';

export interface Call<Context = unknown> {
  readonly service: Service<Context>;
  readonly request: Request;
  readonly context: Context;
  readonly url: URL;
  /** Of the route; empty where it has none. */
  readonly connectionName: string;
  /** Whether the route is outside the base path, so that no relative address leads to the others. */
  readonly isElsewhere: boolean;
}

/** What of a request does not depend on the host's context. */
export type AnyCall = Omit<Call, 'service' | 'context'> & {
  readonly service: Omit<Service<unknown>, 'user'>;
};

/** A failure of the host's own `user`, which is the host's to handle. */
export class UserFailure {
  constructor(readonly error: unknown) {}
}

/**
 * What `user` says: an id, an answer of the host's, or null.
 * @throws UserFailure also where it says something else
 */
export async function askUser<Context>({ service, request, context }: Call<Context>): Promise<RequestUser> {
  try {
    // An empty id counts as none.
    const said: unknown = (await service.user(request, context)) || null;
    if (said === null || typeof said === 'string' || isAnswer(said)) return said;
    const type = typeof said;
    throw optionInvalid(
      `\`user\` returned a value of type ${type}. It must return the id of the user as a text, null, or a Response.`,
    );
  } catch (error) {
    throw new UserFailure(error);
  }
}

/** By its parts: a framework may have a `Response` of its own. */
function isAnswer(said: unknown): said is Response {
  return typeof said === 'object' && said !== null && 'status' in said && 'headers' in said;
}

/** The name to show of a connection; its own name where it has no other, as when it is not declared any more. */
export async function displayNameOf({ connections }: AnyCall['service'], name: string): Promise<string> {
  return (await usableDefinition(connections, name).catch(() => null))?.displayName ?? name;
}

const NOT_THERE = ['connection_unknown', 'connection_disabled', 'connection_removed'] as const;

/** Null where no connection of this name can be used. */
export async function usableDefinition(
  connections: Connections,
  name: string,
): Promise<ConnectionDefinition | null> {
  try {
    return await connections.registry.get(name);
  } catch (error) {
    if (isConnectionsError(error, ...NOT_THERE)) return null;
    throw error;
  }
}
