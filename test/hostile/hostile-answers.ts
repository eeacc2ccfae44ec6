/** What a hostile server answers: too much, too slowly, without an end, or not at all. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Page } from '../setup/site';
import { sized } from './size';

const MEGABYTE = 1_000_000;
const DRIP_MS = 50;
/** What a bomb becomes when it is unpacked. */
const BOMB_BYTES = sized(200, 1_500) * MEGABYTE;
/** Ten megabytes of JSON that has no end, packed; many of them in a row are one gzip file. */
const packed = gzipSync(Buffer.alloc(10 * MEGABYTE, ' '));

function socketOf(response: ServerResponse): Socket {
  if (!response.socket) throw new Error('the connection is gone');
  return response.socket;
}

/**
 * Writes for as long as the other side reads, and never more than it takes.
 * @param onSome is called when the other side has read some of it
 */
function pour(
  to: ServerResponse | Socket,
  chunk: string | Buffer,
  most = Number.POSITIVE_INFINITY,
  onSome = () => {},
): void {
  to.once('drain', onSome);
  let left = most;
  const more = () => {
    while (left > 0 && !to.destroyed) {
      left -= 1;
      if (!to.write(chunk)) return void to.once('drain', more);
    }
    if (!to.destroyed) to.end();
  };
  to.on('error', () => undefined);
  more();
}

/**
 * Writes one byte at a time.
 * @param onSome is called after the third
 */
function drip(to: ServerResponse | Socket, text: string, onSome: () => void): void {
  let at = 0;
  const timer = setInterval(() => {
    to.write(text[(at += 1) % text.length] ?? ' ');
    if (at === 3) onSome();
  }, DRIP_MS);
  to.on('close', () => clearInterval(timer)).on('error', () => clearInterval(timer));
}

const json = { 'content-type': 'application/json' };
const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';

/** The name of an answer that the `fetch` of some releases of Node.js does not stop reading. */
export const AFTER_205 = 'a body without an end after status 205';

/** Bounded by their size: these are read for as long as they come. */
export const bombs: readonly (readonly [string, Page])[] = [
  [
    'a gzip bomb',
    (response) =>
      pour(
        response.writeHead(200, { ...json, 'content-encoding': 'gzip' }),
        packed,
        BOMB_BYTES / (10 * MEGABYTE),
      ),
  ],
  ['a body without an end', (response) => pour(response.writeHead(200, json), Buffer.alloc(65_536, ' '))],
  // Which Node's parser reads, although there should be none.
  [AFTER_205, (response) => pour(response.writeHead(205), Buffer.alloc(65_536, ' '))],
  [
    '10 MB of JSON',
    (response) => void response.writeHead(200, json).end(`{"a":"${'x'.repeat(10 * MEGABYTE)}"}`),
  ],
  [
    'headers without an end',
    (response) => {
      const socket = socketOf(response);
      socket.write(HEAD);
      pour(socket, `x-more: ${'x'.repeat(1_000)}\r\n`);
    },
  ],
];

/** @param onSome is called when some of the answer, if there is any, has been sent */
export type EndlessPage = (response: ServerResponse, onSome: () => void) => void;

/** Bounded by time. */
export const endless: readonly (readonly [string, EndlessPage])[] = [
  ['nothing', (_response, onSome) => void setImmediate(onSome)],
  [
    'interim answers without an end',
    (response, onSome) =>
      pour(
        socketOf(response),
        'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n',
        Number.POSITIVE_INFINITY,
        onSome,
      ),
  ],
  ['a body that drips', (response, onSome) => drip(response.writeHead(200, json), '{"a":"b"', onSome)],
  [
    'headers that drip',
    (response, onSome) => {
      const socket = socketOf(response);
      socket.write(HEAD);
      drip(socket, 'x-more: more\r\n', onSome);
    },
  ],
];

/** Over at once. */
export const brief: readonly (readonly [string, Page])[] = [
  [
    'a reset within the headers',
    (response) => {
      const socket = socketOf(response);
      socket.write('HTTP/1.1 200 OK\r\ncontent-', () => socket.resetAndDestroy());
    },
  ],
  [
    'a reset within the body',
    (response) => {
      response.writeHead(200, { ...json, 'content-length': '1000' });
      response.write('{"access_token":"a', () => response.socket?.resetAndDestroy());
    },
  ],
  [
    'fewer bytes than it promises',
    (response) => {
      response.writeHead(200, { ...json, 'content-length': '1000' });
      response.write('{"access_token":"a"}', () => response.socket?.end());
    },
  ],
  ['redirects in a circle', (response, { path }) => void response.writeHead(307, { location: path }).end()],
  [
    'a redirect to a private address',
    (response) => void response.writeHead(307, { location: 'https://10.0.0.1/' }).end(),
  ],
  ['something that is not HTTP', (response) => void socketOf(response).end('SSH-2.0-OpenSSH_9.9\r\n')],
  [
    'gzip that is none',
    (response) => void response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end('{"a":"b"}'),
  ],
];
