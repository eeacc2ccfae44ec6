/**
 * An MCP server made with the official SDK. It takes the tokens that its authorization server says are for it (RFC 7662),
 * and wants the scope `read` for whatever it is asked, and for each tool a scope of its own.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import type { AuthorizationServer } from './authorization-server';
import { CLIENT_ID, CLIENT_SECRET } from './authorization-server';
import type { SiteRequest } from './site';
import { Site } from './site';

const METADATA = '/.well-known/oauth-protected-resource/mcp';

/** RFC 7662 section 2.2. */
interface Introspection {
  readonly active: boolean;
  readonly aud?: string;
  readonly scope?: string;
}

/** A tool without arguments. */
export interface ServerTool {
  readonly name: string;
  /** Of a token that may call it. */
  readonly scope: string;
  /** @param report tells the client of progress, while the call goes on */
  readonly run: (report: (progress: number) => Promise<void>) => Promise<string>;
}

export const WRITE_NOTE: ServerTool = { name: 'write_note', scope: 'write', run: async () => 'written' };

export class ProtectedMcpServer {
  private constructor(
    readonly site: Site,
    private readonly authorization: AuthorizationServer,
    private readonly tools: readonly ServerTool[],
  ) {}

  static async open(
    authorization: AuthorizationServer,
    atEnd: (cleanUp: () => Promise<void>) => void,
    tools: readonly ServerTool[] = [WRITE_NOTE],
  ): Promise<ProtectedMcpServer> {
    const site = await Site.open(atEnd);
    const server = new ProtectedMcpServer(site, authorization, tools);
    site.pages.set(METADATA, {
      resource: server.url,
      authorization_servers: [authorization.issuer],
      scopes_supported: ['read'],
    });
    site.pages.set('/mcp', (response, request) => {
      const send = async ({ status, headers, body }: Response) => {
        response.writeHead(status, Object.fromEntries(headers));
        // A client that closes its end has no further use for the answer.
        if (body) await pipeline(Readable.fromWeb(body), response).catch(() => undefined);
        else response.end();
      };
      server.answer(request).then(send, (error: unknown) => response.destroy(error as Error));
    });
    return server;
  }

  get url(): string {
    return `${this.site.origin}/mcp`;
  }

  private async answer(request: SiteRequest): Promise<Response> {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const known = token === undefined ? null : await this.introspected(token);
    if (!known?.active || known.aud !== this.url) return this.refusal(401, 'invalid_token');
    // There is no stream of messages that nobody asked for.
    if (request.method !== 'POST') return new Response(null, { status: 405 });
    const { method, params } = JSON.parse(request.body) as { method: string; params?: { name?: string } };
    const tool = method === 'tools/call' && this.tools.find(({ name }) => name === params?.name);
    const wanted = tool ? tool.scope : 'read';
    if (!known.scope?.split(' ').includes(wanted)) return this.refusal(403, 'insufficient_scope', wanted);
    return this.served(request);
  }

  private async introspected(token: string): Promise<Introspection> {
    const response = await fetch(`${this.authorization.issuer}/token/introspection`, {
      method: 'POST',
      body: new URLSearchParams({ token, client_id: CLIENT_ID, client_secret: CLIENT_SECRET }),
    });
    return (await response.json()) as Introspection;
  }

  /** RFC 6750 section 3, RFC 9728 section 5.1. */
  private refusal(status: number, error: string, scope = 'read'): Response {
    const parameters = { error, scope, resource_metadata: `${this.site.origin}${METADATA}` };
    const challenge = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`);
    return new Response(null, { status, headers: { 'www-authenticate': `Bearer ${challenge.join(', ')}` } });
  }

  /** Without sessions, each request has a server of its own. */
  private async served({ body, headers }: SiteRequest): Promise<Response> {
    const server = new McpServer({ name: 'notes', version: '1.0.0' });
    for (const { name, run } of this.tools) {
      server.registerTool(name, {}, async ({ _meta, sendNotification }) => {
        const progressToken = _meta?.progressToken ?? 'of nobody';
        const text = await run((progress) =>
          sendNotification({ method: 'notifications/progress', params: { progressToken, progress } }),
        );
        return { content: [{ type: 'text', text }] };
      });
    }
    const transport = new WebStandardStreamableHTTPServerTransport();
    await server.connect(transport);
    const given = new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    return transport.handleRequest(new Request(this.url, { method: 'POST', headers: given, body }));
  }
}
