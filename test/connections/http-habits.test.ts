/** A whole flow with servers that have a habit which HTTP allows, or which others put up with. */
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { version } from '../../package.json';
import { McpWorld } from '../setup/mcp-world';
import type { Page, SiteRequest } from '../setup/site';

/** @param answer answers as the page would without the habit */
type Habit = (answer: () => void, response: ServerResponse, request: SiteRequest) => void;

/** Changes how a body is sent. */
const sent =
  (change: (body: string) => string | Buffer, headers: Readonly<Record<string, string>> = {}): Habit =>
  (answer, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const end = response.end.bind(response) as (body: string | Buffer) => ServerResponse;
    response.end = ((body: string) => end(change(body))) as ServerResponse['end'];
    answer();
  };

const habits: [string, Habit][] = [
  ['begin each body with a byte order mark', sent((body) => `\uFEFF${body}`)],
  ['compress each body', sent(gzipSync, { 'content-encoding': 'gzip' })],
  [
    'refuse what names no program, or another',
    (answer, response, { headers }) =>
      headers['user-agent'] === `mcp-connections/${version}` ? answer() : void response.writeHead(403).end(),
  ],
];

it.each(habits)('A user is connected to servers that %s', async (_what, habit) => {
  const world = await McpWorld.open('sqlite', onTestFinished);
  for (const { pages } of [world.mcp, world.auth]) {
    for (const [path, page] of pages) pages.set(path, withHabit(page, habit));
  }
  const connections = world.connections();
  await world.connect(connections);
  expect(await connections.getAccessToken('ada', 'linear')).toMatchObject({ accessToken: 'at-1' });
  expect(world.registered).toBe(1);
});

function withHabit(page: Page, habit: Habit): Page {
  return (response, request) =>
    habit(
      () =>
        typeof page === 'function'
          ? page(response, request)
          : void response.setHeader('content-type', 'application/json').end(JSON.stringify(page)),
      response,
      request,
    );
}
