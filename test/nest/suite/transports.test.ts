/** Errors that handlers of messages let through: of a microservice, and of a WebSocket. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Controller, Module, UseFilters } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { ClientProxyFactory, MessagePattern, Transport } from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Connections } from 'mcp-connections';
import { ConnectionsExceptionFilter, ConnectionsModule } from 'mcp-connections/nestjs';
import { lastValueFrom, throwError } from 'rxjs';
import { expect, it, onTestFinished } from 'vitest';
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
  return ConnectionsModule.forRoot({ config: provider.document, keys });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it.each(['token', 'stream'])('fail the %s of a microservice with the code', async (pattern) => {
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
  await expect(lastValueFrom(client.send(pattern, {}))).rejects.toEqual(notConnected);
});

it('are the event `exception` of a WebSocket', async () => {
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

it('are the event `exception` of socket.io', async () => {
  const emitted = new Promise((resolve) => {
    const client = { emit: (event: string, data: object) => resolve({ event, data }) };
    const host = { getType: () => 'ws', switchToWs: () => ({ getClient: () => client }) };
    const error = Object.assign(new Error(), { code: 'not_connected' });
    void new ConnectionsExceptionFilter().catch(error as never, host as never);
  });
  expect(await emitted).toMatchObject({ event: 'exception', data: { code: 'not_connected' } });
});
