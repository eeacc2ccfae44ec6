/** Runs the token endpoint of `endpoint.ts`, so that its work is not that of the process which asks it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { ANSWER_MS, type Addresses } from './endpoint';

const TOKEN_LENGTH = 300;
let given = 0;
let answerMs = ANSWER_MS;

const server = createServer((request, response) => {
  if (request.url === '/silent') request.resume();
  else if (request.url === '/pace') void setPace(request, response);
  else void answer(request, response);
});

async function setPace(request: IncomingMessage, response: ServerResponse): Promise<void> {
  answerMs = Number(await text(request));
  response.end();
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  await text(request);
  given += 1;
  const body = JSON.stringify({
    access_token: `access-${given}-`.padEnd(TOKEN_LENGTH, 'a'),
    refresh_token: `refresh-${given}-`.padEnd(TOKEN_LENGTH, 'r'),
    token_type: 'Bearer',
    expires_in: 3600,
  });
  await setTimeout(answerMs);
  response.writeHead(200, { 'content-type': 'application/json' }).end(body);
}

server.keepAliveTimeout = 60_000;

process.on('SIGINT', () => undefined);
process.once('disconnect', () => process.exit());

server.listen(0, '127.0.0.1', () => {
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // Nothing listens at the address of a server that has just been closed.
  const gone = createServer().listen(0, '127.0.0.1', () => {
    const refused = `http://127.0.0.1:${(gone.address() as AddressInfo).port}/token`;
    gone.close(() => {
      const addresses: Addresses = {
        token: `${origin}/token`,
        pace: `${origin}/pace`,
        silent: `${origin}/silent`,
        refused,
      };
      process.send?.(addresses);
    });
  });
});
