/** As much of better-auth as is in use; it is installed for the benchmark only. */
declare module 'better-auth' {
  export interface Auth {
    readonly api: {
      getAccessToken(request: {
        readonly body: { readonly accountId: string; readonly userId: string };
      }): Promise<{
        readonly accessToken: string;
        readonly accessTokenExpiresAt: Date | undefined;
        readonly scopes: string[];
      }>;
    };
    readonly $context: Promise<{ readonly secretConfig: SecretConfig }>;
  }

  /** Opaque here. */
  export interface SecretConfig {
    readonly keys?: unknown;
  }

  export function betterAuth(options: Readonly<Record<string, unknown>>): Auth;
}

declare module 'better-auth/crypto' {
  import type { SecretConfig } from 'better-auth';
  export function symmetricEncrypt(given: {
    readonly key: SecretConfig;
    readonly data: string;
  }): Promise<string>;
}

declare module 'better-auth/db/migration' {
  export function getMigrations(options: Readonly<Record<string, unknown>>): Promise<{
    runMigrations(): Promise<void>;
  }>;
}
