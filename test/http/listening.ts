/** Servers of `node:http` for the time of a test, and what a client says to them word by word. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';

/** Answers a request now or later. */
export type Listener = (req: IncomingMessage, res: ServerResponse) => unknown;

/** @returns the port at 127.0.0.1 */
export async function listening(listener: Listener): Promise<number> {
  const server = createServer((req, res) => void listener(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return (server.address() as AddressInfo).port;
}

/**
 * Sends the lines of a request, then what follows the empty line, and reads until the server closes the connection.
 * @param lines of the head; `Connection: close` is added
 */
export async function said(port: number, lines: readonly string[], body = ''): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write([...lines, 'Connection: close', '', body].join('\r\n'), 'latin1');
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
