/** What the code in the documents takes as given: the variables of a host. A block may declare its own instead. */
import type { Connections, MetadataStore } from 'mcp-connections';
import type { DataSource, QueryRunner } from 'typeorm';

export declare const store: MetadataStore;
export declare const connections: Connections;
export declare const dataSource: DataSource;

/** Of the session. */
export declare const userId: string;
export declare const cookies: Readonly<Record<string, string>>;
export declare const request: { readonly url: string };
export declare const response: {
  redirect(url: string): void;
  cookie(
    name: string,
    value: string | null,
    options: { readonly httpOnly: boolean; readonly secure: boolean; readonly sameSite: 'lax' },
  ): void;
};
export declare const server: { close(): Promise<void> };

export declare const accessToken: string;
export declare function callApi(accessToken: string): Promise<Response>;
export declare function callTool(): Promise<void>;

/** Of a program that had the tokens before. */
export declare const old: {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresAt: Date;
};

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
