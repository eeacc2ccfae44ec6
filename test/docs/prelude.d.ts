/** What the code in the documents takes as given: the variables of a host. A block may declare its own instead. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Connections, MetadataStore, SyncReport } from 'mcp-connections';
import type { ConnectionsHealthIndicator } from 'mcp-connections/nestjs';
import type { ParsedConnections, StoredRow } from 'mcp-connections/sync';
import type { RegisterTest, TestProvider } from 'mcp-connections/testing';
import type { DataSource, DataSourceOptions, QueryRunner } from 'typeorm';

export declare const store: MetadataStore;
export declare const connections: Connections;
export declare const dataSource: DataSource;
/** Of a test. */
export declare const provider: TestProvider;
export declare const it: RegisterTest;

/** Of the session. */
export declare const userId: string;
export declare function userOfSession(cookies: string | null): string | null;
export declare function userOfToken(authorization: string | null): string | null;
export declare const cookies: Readonly<Record<string, string | undefined>>;
export declare const request: {
  readonly url: string;
  readonly originalUrl: string;
  readonly params: { readonly name: string };
};
export declare const response: {
  redirect(url: string): void;
  cookie(
    name: string,
    value: string | null,
    options: {
      readonly httpOnly: boolean;
      readonly secure: boolean;
      readonly sameSite: 'lax';
      readonly maxAge: number;
    },
  ): void;
};
export declare const server: Server;
export declare const indicator: ConnectionsHealthIndicator;

export declare const accessToken: string;
export declare function callApi(accessToken: string): Promise<Response>;
export declare function callTool(): Promise<void>;

/** Of a program that had the tokens before. */
export declare const exported: readonly {
  readonly userId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresAt: string;
  readonly savedAt: Date;
}[];

export declare function fetchFromSecretsManager(arn: string): Promise<string>;
export declare function readSecretFile(path: string): Promise<string>;
export declare function readKey(id: string): Promise<string>;
export declare const kms: {
  encrypt(text: string, additionalData: string): Promise<string>;
  decrypt(text: string, additionalData: string): Promise<string>;
  usesCurrentKey(text: string): boolean;
};

/** Address of a database. */
export declare const url: string;
export declare class User {
  id: string;
}
export declare class CreateInvoices1790000000000 {
  up(queryRunner: QueryRunner): Promise<void>;
  down(queryRunner: QueryRunner): Promise<void>;
}

/** A web framework, as far as the examples use one. */
interface WebRequest {
  readonly originalUrl: string;
  readonly url: string;
  readonly user: { readonly id: string };
  readonly params: { readonly name: string };
}
interface WebResponse {
  redirect(url: string): void;
  json(body: unknown): void;
}
export declare const app: {
  get(path: string, handler: (request: WebRequest, response: WebResponse) => unknown): void;
  post(path: string, handler: (request: WebRequest, response: WebResponse) => unknown): void;
  use(middleware: (request: IncomingMessage, response: ServerResponse, next: () => void) => unknown): void;
};
/** Of the package `cors`. */
export declare function cors(options: {
  readonly origin: string;
  readonly credentials: boolean;
  readonly methods: readonly string[];
  readonly allowedHeaders: readonly string[];
}): (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
/** A `fetch` that goes through the proxy of a company. */
export declare const proxiedFetch: (url: string, init: RequestInit) => Promise<Response>;
export declare const user: { readonly id: string };
export declare function notify(userId: string, connectionName: string): void;
export declare function askToConnect(connectionName: string, ...what: unknown[]): void;
export declare const metrics: { increment(name: string): void };
export declare const client: {
  callTool(call: object): Promise<unknown>;
  connect(transport: object): Promise<void>;
};
export declare const StreamableHTTPClientTransport: new (
  url: URL,
  options: { readonly fetch: typeof fetch },
) => object;
export declare const call: object;
/** Of `fetchFor`. */
export declare const fetchAsUser: typeof fetch;
export declare const refreshToken: string;
export declare const expiresAtMs: number;
export declare const apiResponse: Response;
export declare const databaseOptions: Extract<DataSourceOptions, { type: 'postgres' }>;
export declare const parsed: ParsedConnections;
export declare const rows: readonly StoredRow[];
export declare const report: SyncReport;
export declare const logger: Record<'debug' | 'info' | 'warn' | 'error', (message: string) => void>;
export declare const nameFromUrl: string;
export declare const oldKey: string;
export declare const newKey: string;
export declare const jwtSecret: string;
