/** A proxy before a database server that can fall silent: open connections lead nowhere, and new ones work. */
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';

export interface SilentProxy {
  /** The address of the server, with the proxy's port. */
  readonly url: string;
  /** How many connections were opened. */
  readonly opened: () => number;
  /** From now on nothing passes on the connections that are open, and neither end is told. */
  fallSilent(): void;
}

/**
 * @param serverUrl of the server behind it
 * @param atEnd registers what ends it, which must come after its clients have ended
 */
export async function silentProxy(
  serverUrl: string,
  atEnd: (cleanUp: () => Promise<void>) => void,
): Promise<SilentProxy> {
  const target = new URL(serverUrl);
  const open = new Set<{ readonly ends: readonly [Socket, Socket]; isSilent: boolean }>();
  let opened = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const pair = { ends: [client, upstream] as const, isSilent: false };
    open.add(pair);
    opened += 1;
    const pass = (from: Socket, to: Socket) =>
      from
        .on('data', (data) => pair.isSilent || to.write(data))
        .on('close', () => pair.isSilent || to.destroy())
        .on('error', () => undefined);
    pass(client, upstream);
    pass(upstream, client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(async () => {
    for (const { ends } of open) for (const end of ends) end.destroy();
    server.close();
  });
  const url = new URL(serverUrl);
  const address = server.address();
  url.hostname = '127.0.0.1';
  url.port = String(typeof address === 'object' && address?.port);
  return {
    url: url.href,
    opened: () => opened,
    fallSilent() {
      for (const pair of open) pair.isSilent = true;
    },
  };
}
