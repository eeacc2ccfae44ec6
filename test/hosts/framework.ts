/** A framework as the scenarios use it, and servers of this process. */
import type { Server } from 'node:http';
import type { Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { AtEnd, Settings } from './service';
import type { Transport } from './transport';

/**
 * A host has, besides the routes: `POST /login` with the field `user`, whose session is a cookie `SameSite=Strict`; the cookie `seen` in
 * each answer of the routes; and `POST /length`, which comes after the handler and says how
 * long the field `text` is.
 */
export interface Framework {
  readonly name: string;
  /** What stands before `/connections`; none by default. */
  readonly prefix?: string;
  /** Of HTTP/1 by default. */
  readonly transport?: Transport;
  /** Whether the host adds the cookie `seen`; true by default. */
  readonly addsCookie?: boolean;
  /** @returns the port at 127.0.0.1 */
  start(settings: Settings, atEnd: AtEnd): Promise<number>;
}

export async function listen(server: Server | Http2Server, atEnd: AtEnd): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(async () => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return (server.address() as AddressInfo).port;
}
