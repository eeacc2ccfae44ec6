/** Errors that handlers of messages let through: of a microservice, and of a WebSocket. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { ArgumentsHost } from '@nestjs/common';
import { Controller, Module, UseFilters } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { ClientProxyFactory, MessagePattern, Transport } from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Connections, ConnectionsError } from 'mcp-connections';
import { ConnectionsExceptionFilter, ConnectionsModule, ConnectionsUser } from 'mcp-connections/nestjs';
import { lastValueFrom, throwError } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { database, listening } from './application';
import { Provider, keys } from './provider';

const notConnected = {
  status: 'error',
  message: 'GitHub is not connected.',
  code: 'not_connected',
  connection_name: 'github',
};

@Controller()
class Messages {
  constructor(private readonly connections: Connections) {}

  @MessagePattern('token')
  async token(): Promise<unknown> {
    return this.connections.getAccessToken('ada', 'github');
  }

  @MessagePattern('user')
  user(@ConnectionsUser() userId: string): string {
    return userId;
  }

  @MessagePattern('stream')
  async stream() {
    return this.token().catch((error: unknown) => throwError(() => error));
  }
}

@WebSocketGateway()
@UseFilters(ConnectionsExceptionFilter)
class Gateway {
  constructor(private readonly connections: Connections) {}

  @SubscribeMessage('token')
  async token(): Promise<unknown> {
    return this.connections.getAccessToken('ada', 'github');
  }
}

const filter = { provide: APP_FILTER, useClass: ConnectionsExceptionFilter };

async function connectionsModule() {
  const provider = await Provider.start(onTestFinished);
  return ConnectionsModule.forRoot({ config: provider.document, keys, user: () => 'ada' });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const error = new ConnectionsError('not_connected', 'No tokens.', { connectionName: 'github' });

/** What Nest gives to a filter, of a transport that is not installed here. */
const hostOf = (type: string, client?: object): ArgumentsHost => {
  const host = { getType: () => type, switchToWs: () => ({ getClient: () => client }) };
  return host as unknown as ArgumentsHost;
};

/** Sends a message to a microservice, and gives what it answers. */
async function sent(pattern: string): Promise<unknown> {
  const imports = [database(), await connectionsModule()];
  @Module({ imports, controllers: [Messages], providers: [filter] })
  class Service {}
  const address = { host: '127.0.0.1', port: await freePort() };
  const service = await NestFactory.createMicroservice(Service, {
    transport: Transport.TCP,
    options: address,
    logger: false,
  });
  onTestFinished(() => service.close());
  await service.listen();
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options: address });
  onTestFinished(() => client.close());
  return lastValueFrom(client.send(pattern, {}));
}

describe('an error of a handler', () => {
  it.each(['token', 'stream'])('fails the %s of a microservice with its code', async (pattern) => {
    await expect(sent(pattern)).rejects.toEqual(notConnected);
  });

  it('is the event `exception` of a WebSocket', async () => {
    const imports = [database(), await connectionsModule()];
    const { origin } = await listening({ imports, providers: [Gateway] }, 'express', (application) =>
      application.useWebSocketAdapter(new WsAdapter(application)),
    );
    const socket = new WebSocket(origin.replace('http', 'ws'));
    onTestFinished(() => socket.close());
    const told = new Promise((resolve, failed) => {
      socket.once('error', failed);
      socket.once('message', (data: Buffer) => resolve(JSON.parse(data.toString())));
      socket.once('open', () => socket.send(JSON.stringify({ event: 'token' })));
    });
    expect(await told).toEqual({ event: 'exception', data: notConnected });
  });

  it('is the event `exception` of socket.io', async () => {
    const emitted: unknown[] = [];
    const client = { emit: (event: string, data: object) => emitted.push({ event, data }) };
    await new ConnectionsExceptionFilter().catch(error, hostOf('ws', client));
    const data = { ...notConnected, message: 'The provider is not connected.' };
    expect(emitted).toEqual([{ event: 'exception', data }]);
  });

  it('is thrown again for GraphQL, which answers with it', () => {
    let thrown: unknown;
    try {
      void new ConnectionsExceptionFilter().catch(error, hostOf('graphql'));
    } catch (again) {
      thrown = again;
    }
    expect(thrown).toBe(error);
  });

  it('is logged where it cannot be answered', async () => {
    const lines: string[] = [];
    const logger = { warn: () => undefined, error: (line: string) => lines.push(line) };
    const client = {
      emit: () => {
        throw new Error('The socket is closed.');
      },
    };
    await new ConnectionsExceptionFilter(undefined, logger).catch(error, hostOf('ws', client));
    expect(lines).toEqual([expect.stringMatching(/could not be answered: .*The socket is closed/)]);
  });
});

describe('@ConnectionsUser()', () => {
  it('refuses a message of a microservice, whose data may be of anyone', async () => {
    await expect(sent('user')).rejects.toMatchObject({ message: 'Internal server error' });
  });
});
