/** A page, and a tool of an MCP server that is called as the user. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Controller, Get, Header, UseGuards } from '@nestjs/common';
import { Connections } from 'mcp-connections';
import { ConnectionsUser } from 'mcp-connections/nestjs';
import { SessionGuard } from './session.guard.js';

@Controller()
@UseGuards(SessionGuard)
export class NotesController {
  constructor(private readonly connections: Connections) {}

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  home(@ConnectionsUser() userId: string): string {
    return `<!doctype html><title>Example</title><h1>Example</h1><p>You are signed in as ${userId}.
      <p><a href="/connections/ui">Your connections</a> <p><a href="/notes">Read my notes</a>`;
  }

  /** Until Ada has connected it, the filter answers 409 with the code `not_connected`. */
  @Get('notes')
  async notes(@ConnectionsUser() userId: string): Promise<unknown> {
    const { url } = await this.connections.registry.get('notes');
    // Before the client is asked, whose errors have others inside.
    await this.connections.getAccessToken(userId, 'notes');
    const client = new Client({ name: 'example', version: '1.0.0' });
    const fetch = this.connections.fetchFor(userId, 'notes');
    try {
      await client.connect(new StreamableHTTPClientTransport(new URL(url), { fetch }));
      return await client.callTool({ name: 'read_notes' });
    } finally {
      await client.close();
    }
  }
}
