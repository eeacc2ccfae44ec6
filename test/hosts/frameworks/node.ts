/** `node:http` and `node:http2`, with no framework. */
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { toNodeHandler } from '../../../src/http';
import type { NodeRequest } from '../../../src/http/node-request';
import type { NodeResponse } from '../../../src/http/node-response';
import type { Framework } from '../framework';
import { listen } from '../framework';
import type { AtEnd, Settings } from '../service';
import { bearerOf, openRoutes } from '../service';
import { http2 } from '../transport';

/** What servers of both have alike. */
type Req = NodeRequest & Readable;

const sessionOf = ({ headers }: Request) => /\bsession=(\w+)/.exec(headers.get('cookie') ?? '')?.[1];

async function listener(settings: Settings, atEnd: AtEnd) {
  const handler = await openRoutes(settings, atEnd, (request) => sessionOf(request) ?? bearerOf(request));
  const routes = toNodeHandler(handler);
  return async (req: Req, res: NodeResponse) => {
    res.setHeader('Set-Cookie', 'seen=1');
    if (req.url === '/login') {
      const user = new URLSearchParams(await text(req)).get('user');
      res.setHeader('Set-Cookie', `session=${user}; SameSite=Strict; HttpOnly`);
      return res.end();
    }
    return routes(req, res, () => void length(req, res));
  };
}

async function length(req: Req, res: NodeResponse): Promise<void> {
  const given = new URLSearchParams(await text(req)).get('text') ?? '';
  res.end(Buffer.from(String(given.length)));
}

export const nodeHttp: Framework = {
  name: 'node:http',
  async start(settings, atEnd) {
    const answer = await listener(settings, atEnd);
    return listen(
      createServer((req, res) => void answer(req, res)),
      atEnd,
    );
  },
};

export const nodeHttp2: Framework = {
  name: 'node:http2',
  transport: http2,
  async start(settings, atEnd) {
    const answer = await listener(settings, atEnd);
    return listen(
      createHttp2Server((req, res) => void answer(req, res)),
      atEnd,
    );
  },
};
