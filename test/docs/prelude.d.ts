/** What the code in the documents takes as given: the variables of a host, without an import. */

declare const store: import('mcp-connections').MetadataStore;
declare const connections: import('mcp-connections').Connections;
declare const dataSource: import('typeorm').DataSource;

/** Of the session. */
declare const userId: string;
declare const cookies: Readonly<Record<string, string>>;
declare const request: { readonly url: string };
declare const response: {
  redirect(url: string): void;
  cookie(
    name: string,
    value: string | null,
    options: { readonly httpOnly: boolean; readonly secure: boolean; readonly sameSite: 'lax' },
  ): void;
};
declare const server: { close(): Promise<void> };

declare const accessToken: string;
declare function callApi(accessToken: string): Promise<Response>;
declare function callTool(): Promise<void>;

/** Of a program that had the tokens before. */
declare const old: { readonly accessToken: string; readonly refreshToken: string; readonly expiresAt: Date };

declare function fetchFromSecretsManager(arn: string): Promise<string>;
declare function readSecretFile(path: string): Promise<string>;
declare function readKey(id: string): Promise<string>;
declare const kms: {
  encrypt(text: string, additionalData: string): Promise<string>;
  decrypt(text: string, additionalData: string): Promise<string>;
  usesCurrentKey(text: string): boolean;
};

/** Address of a database. */
declare const url: string;
declare class User {
  id: string;
}
declare class CreateInvoices1790000000000 {
  up(queryRunner: import('typeorm').QueryRunner): Promise<void>;
  down(queryRunner: import('typeorm').QueryRunner): Promise<void>;
}
