/** A service with the routes as a controller, what a browser sends to it, and what it is told word by word. */
import { connect } from 'node:net';
import type { DynamicModule, INestApplication, NestApplicationOptions, Provider } from '@nestjs/common';
import { Connections } from 'mcp-connections';
import type {
  ConnectionsModuleExtras,
  ConnectionsModuleOptions,
  ConnectionsRoutes,
} from 'mcp-connections/nestjs';
import { ConnectionsModule } from 'mcp-connections/nestjs';
import { onTestFinished } from 'vitest';
import type { Platform } from './application';
import { database, listening } from './application';
import { Provider as OAuthProvider, keys } from './provider';
import { SessionGuard, user } from './session';

export const publicUrl = 'https://api.example.test';
export const ada = { 'x-user': 'ada', origin: publicUrl };

type Options = Partial<ConnectionsModuleOptions> &
  Pick<ConnectionsModuleExtras, 'user'> & {
    readonly providers?: Provider[];
    readonly imports?: DynamicModule[];
    readonly settings?: NestApplicationOptions;
  };

export async function service(
  platform: Platform,
  routes: ConnectionsRoutes = { guards: [SessionGuard] },
  prepare?: (application: INestApplication) => unknown,
  { providers = [], imports = [], settings = {}, ...options }: Options = {},
) {
  const provider = await OAuthProvider.start(onTestFinished);
  const ours = ConnectionsModule.forRoot({
    config: provider.document,
    keys,
    publicUrl,
    afterwards: '/settings',
    page: true,
    user,
    routes,
    ...options,
  });
  const metadata = { imports: [database(), ours, ...imports], providers };
  const { application, origin } = await listening(metadata, platform, prepare, settings);
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${origin}${path}`, { redirect: 'manual', ...init });
  return {
    ask,
    port: Number(new URL(origin).port),
    connections: application.get(Connections, { strict: false }),
    provider,
  };
}

/** Sends the first line of a request as it is, which `fetch` would rewrite, and reads until the server closes the connection. */
export async function saidTo(port: number, line: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write([line, 'Host: localhost', 'Connection: close', '', ''].join('\r\n'));
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

/** Follows a flow to its callback, as a browser that has lost its session on the way. */
export async function comeBack(
  ask: (path: string, init?: RequestInit) => Promise<Response>,
  begun: Response,
  url: string,
) {
  const state = new URL(url).searchParams.get('state');
  const cookie = begun.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ');
  const { pathname } = new URL(new URL(url).searchParams.get('redirect_uri') ?? '');
  return ask(`${pathname}?code=any&state=${state}`, { headers: { cookie } });
}
