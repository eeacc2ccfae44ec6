/** One request on its way through a route. */
import { isConnectionsError } from '../errors';
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

/** What `user` says: an id, an answer of the host's, or null. */
export async function askUser<Context>({ service, request, context }: Call<Context>): Promise<RequestUser> {
  try {
    return (await service.user(request, context)) ?? null;
  } catch (error) {
    throw new UserFailure(error);
  }
}

/** The name to show of a connection; null where none of this name is declared. */
export async function displayNameOf({ connections }: Pick<AnyCall['service'], 'connections'>, name: string) {
  try {
    return (await connections.registry.get(name)).displayName;
  } catch (error) {
    if (isConnectionsError(error)) return null;
    throw error;
  }
}
