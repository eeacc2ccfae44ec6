/** What hosts are written with. */
import type { Framework } from './framework';
import { express5, expressOf4, expressRouter } from './frameworks/express';
import { fastify5, fastifyPrefix } from './frameworks/fastify';
import { hono4, honoPrefix } from './frameworks/hono';
import { next16 } from './frameworks/next';
import { nodeHttp, nodeHttp2 } from './frameworks/node';

export const frameworks: readonly Framework[] = [
  nodeHttp,
  nodeHttp2,
  express5,
  expressOf4,
  expressRouter,
  fastify5,
  fastifyPrefix,
  hono4,
  honoPrefix,
  next16,
];
