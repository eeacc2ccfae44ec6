/**
 * An MCP server made with the official SDK. It takes the tokens that its authorization server says are for it (RFC 7662),
 * and wants the scope `read` for whatever it is asked, `write` for a tool to be called.
 */
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

export class ProtectedMcpServer {
  private constructor(
    readonly site: Site,
    private readonly authorization: AuthorizationServer,
  ) {}

  static async open(
    authorization: AuthorizationServer,
    atEnd: (cleanUp: () => Promise<void>) => void,
  ): Promise<ProtectedMcpServer> {
    const site = await Site.open(atEnd);
    const server = new ProtectedMcpServer(site, authorization);
    site.pages.set(METADATA, {
      resource: server.url,
      authorization_servers: [authorization.issuer],
      scopes_supported: ['read'],
    });
    site.pages.set('/mcp', (response, request) => {
      const send = async ({ status, headers, body }: Awaited<ReturnType<ProtectedMcpServer['answer']>>) =>
        response
          .writeHead(status, Object.fromEntries(headers))
          .end(body && (await new Response(body).text()));
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
    const { method } = JSON.parse(request.body) as { method: string };
    const wanted = method === 'tools/call' ? 'write' : 'read';
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
    server.registerTool('write_note', { description: 'Writes a note' }, () => ({
      content: [{ type: 'text', text: 'written' }],
    }));
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
    await server.connect(transport);
    const given = new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    return transport.handleRequest(new Request(this.url, { method: 'POST', headers: given, body }));
  }
}
