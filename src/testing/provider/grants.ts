/**
 * What users have granted at the provider, and the codes and tokens for it. A code works once, a refresh token until it was used:
 * a second use ends the grant, since one of its two uses was by a thief (RFC 9700 section 4.14.2).
 */
import { createHash } from 'node:crypto';
import type { AccountRef } from '../../tokens/account-ref';
import { refText } from '../../tokens/account-ref';
import { Refusal } from './refusal';

/** What a user has been asked for. */
export interface Asked {
  readonly connectionName: string;
  readonly clientId: string;
  readonly redirectUri: string;
  /** RFC 7636 section 4.2; null where the connection declares that PKCE is off. */
  readonly challenge: string | null;
  readonly scopes: readonly string[];
  /** RFC 8707 section 2. */
  readonly resource: string | null;
}

/** What a client presents with a code. */
export interface Presented {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly verifier: string | null;
  readonly resource: string | null;
}

/** What a client presents with a refresh token. */
export interface RefreshPresented {
  readonly clientId: string;
  /** Null where none are named: all that were granted. */
  readonly scopes: readonly string[] | null;
  readonly resource: string | null;
}

export interface Grant {
  readonly connectionName: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly resource: string | null;
  /** Who has stored its tokens; null where no account has them. */
  account: AccountRef | null;
  isEnded: boolean;
  /** How many tests refuse its access tokens. */
  refusals: number;
}

export interface Issued {
  readonly accessToken: string;
  /** Null where the provider gives none. */
  readonly refreshToken: string | null;
  /** Null where it does not expire. */
  readonly expiresAt: Date | null;
  /** Of the access token. */
  readonly scopes: readonly string[];
}

/** What an access token that lives is for. */
export interface Access {
  readonly grant: Grant;
  /** Fewer than those of the grant where a refresh asked for fewer. */
  readonly scopes: readonly string[];
}

export interface Lifetimes {
  /** Milliseconds that an access token lives; null: it does not expire. */
  readonly lifetimeMs: number | null;
  /** Whether a grant has refresh tokens. */
  readonly refreshTokens: boolean;
}

/** RFC 6749 section 4.1.2: at most ten minutes. */
const CODE_MS = 600_000;

export class Grants {
  private readonly codes = new Map<string, { asked: Asked; until: number; grant: Grant | null }>();
  private readonly accessTokens = new Map<string, Access & { until: number }>();
  private readonly refreshTokens = new Map<string, { readonly grant: Grant; isSpent: boolean }>();
  /** By account: the grant whose tokens it has. */
  private readonly held = new Map<string, Grant>();
  private count = 0;

  constructor(private readonly lifetimes: Lifetimes) {}

  /** The connection for which a code or a token was issued; undefined for any other text. */
  connectionOf(secret: string): string | undefined {
    const { codes, accessTokens, refreshTokens } = this;
    const grant = (refreshTokens.get(secret) ?? accessTokens.get(secret))?.grant;
    return grant?.connectionName ?? codes.get(secret)?.asked.connectionName;
  }

  code(asked: Asked): string {
    const code = this.text('code', asked.connectionName);
    this.codes.set(code, { asked, until: Date.now() + CODE_MS, grant: null });
    return code;
  }

  /** @throws Refusal */
  exchange(code: string, presented: Presented): Issued {
    const known = this.codes.get(code);
    if (!known) throw new Refusal('invalid_grant', 'The code is not known.');
    const { asked } = known;
    if (Date.now() >= known.until) throw new Refusal('invalid_grant', 'The code has expired.');
    if (asked.clientId !== presented.clientId)
      throw new Refusal('invalid_grant', 'The code was issued to another client.');
    if (asked.redirectUri !== presented.redirectUri)
      throw new Refusal('invalid_grant', 'The redirect URI is not that of the authorization request.');
    if (asked.challenge !== (presented.verifier && challengeOf(presented.verifier)))
      throw new Refusal('invalid_grant', 'The code verifier does not fit the code challenge.');
    if (known.grant) {
      known.grant.isEnded = true;
      throw new Refusal('invalid_grant', 'The code was used before. The grant has ended.');
    }
    known.grant = this.begin(asked);
    if (asked.resource !== presented.resource)
      throw new Refusal('invalid_target', 'The resource is not that of the authorization request.');
    return this.issue(known.grant);
  }

  /** @throws Refusal */
  refresh(refreshToken: string, { clientId, scopes, resource }: RefreshPresented): Issued {
    const known = this.refreshTokens.get(refreshToken);
    if (!known) throw new Refusal('invalid_grant', 'The refresh token is not known.');
    const { grant } = known;
    if (grant.clientId !== clientId)
      throw new Refusal('invalid_grant', 'The refresh token was issued to another client.');
    if (scopes?.some((scope) => !grant.scopes.includes(scope)))
      throw new Refusal('invalid_scope', 'A scope was not granted.');
    if (known.isSpent) grant.isEnded = true;
    if (grant.isEnded) throw new Refusal('invalid_grant', 'The grant has ended.');
    known.isSpent = true;
    if (resource !== null && resource !== grant.resource)
      throw new Refusal('invalid_target', 'The resource is not that of the grant.');
    return this.issue(grant, scopes ?? grant.scopes);
  }

  begin({
    connectionName,
    clientId,
    scopes,
    resource,
  }: Pick<Asked, 'connectionName' | 'clientId' | 'scopes' | 'resource'>): Grant {
    return { connectionName, clientId, scopes, resource, account: null, isEnded: false, refusals: 0 };
  }

  issue(grant: Grant, scopes = grant.scopes): Issued {
    const { lifetimeMs, refreshTokens } = this.lifetimes;
    const accessToken = this.text('access', grant.connectionName);
    const until = lifetimeMs === null ? Number.POSITIVE_INFINITY : Date.now() + lifetimeMs;
    this.accessTokens.set(accessToken, { grant, scopes, until });
    const refreshToken = refreshTokens ? this.text('refresh', grant.connectionName) : null;
    if (refreshToken !== null) this.refreshTokens.set(refreshToken, { grant, isSpent: false });
    const expiresAt = lifetimeMs === null ? null : new Date(until);
    return { accessToken, refreshToken, expiresAt, scopes };
  }

  /** Ends the grant of a token (RFC 7009 section 2.1). @throws Refusal for a token of another client */
  revoke(token: string, clientId: string): void {
    const grant = (this.refreshTokens.get(token) ?? this.accessTokens.get(token))?.grant;
    if (!grant) return;
    if (grant.clientId !== clientId)
      throw new Refusal('invalid_grant', 'The token was issued to another client.');
    grant.isEnded = true;
  }

  /** What an access token is for, where an API takes it; null for any other text. */
  accessOf(accessToken: string): Access | null {
    const known = this.accessTokens.get(accessToken);
    if (!known || Date.now() >= known.until) return null;
    return known.grant.isEnded || known.grant.refusals > 0 ? null : known;
  }

  expire(grant: Grant): void {
    for (const token of this.accessTokens.values()) if (token.grant === grant) token.until = 0;
  }

  /** Notes that an account has stored an access token. */
  note(accessToken: string, ref: AccountRef): void {
    const grant = this.accessTokens.get(accessToken)?.grant;
    if (!grant) return;
    // Under a new name of its user, it is no longer that of the old one.
    if (grant.account) this.forget(grant.account);
    grant.account = ref;
    this.held.set(refText(ref), grant);
  }

  /** Notes that an account has no tokens any more. */
  forget(ref: AccountRef): void {
    this.held.delete(refText(ref));
  }

  heldBy(ref: AccountRef): Grant | undefined {
    return this.held.get(refText(ref));
  }

  /** A text that says what it is, for a person who debugs a test; no two are alike. */
  private text(kind: string, connectionName: string): string {
    this.count += 1;
    return `${kind}-${this.count}-${encodeURIComponent(connectionName).slice(0, 40)}`;
  }
}

/** RFC 7636 section 4.2. */
function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}
