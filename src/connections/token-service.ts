/**
 * Serves access tokens: at once while the stored one lives, after one refresh when it does not. Callers wait as long as
 * an owner may hold its claim and a request may take after that, and no longer.
 */
import type { ConnectionDefinition } from '../config/definition';
import { describeError, quote } from '../errors';
import type { Events } from '../events';
import type { Log } from '../logging';
import { Backoff } from '../tokens/backoff';
import type { TokenUse } from '../tokens/due';
import { useOf } from '../tokens/due';
import { compareFingerprints } from '../tokens/fingerprint';
import type { RefreshObserver, RefreshResult } from '../tokens/refresh';
import type { TokenKey } from '../tokens/token-key';
import { keyText } from '../tokens/token-key';
import type { ServedToken } from '../tokens/token-row';
import type { AccessToken, AccessTokenOptions, ConnectionsEvents } from './options';
import type { ReauthorizationReason } from './outcome-error';
import { coolingDown, notConnected, reauthorizationRequired, refreshFailed } from './outcome-error';
import type { Opened } from './opened';
import { declaredUnder, oauthOf } from './provider';
import { tokenProvider } from './token-provider';

const DEFAULT_MARGIN_S = 60;

type Rejected = Pick<ServedToken, 'id' | 'generation'>;

export class TokenService {
  private readonly backoff = new Backoff();

  constructor(
    private readonly requestMs: number,
    private readonly events: Events<ConnectionsEvents>,
    private readonly log: Log,
  ) {}

  async serve(
    opened: Opened,
    key: TokenKey,
    definition: ConnectionDefinition,
    { rejected, signal }: AccessTokenOptions,
  ): Promise<AccessToken> {
    const row = await opened.vault.rows.readServed(key);
    if (!row) throw notConnected(key);
    const { isUsable, isDue, canRefresh } = useByDeclaration(row, definition);
    if (!isUsable) return this.renewed(opened, key, definition, row, undefined, signal);
    const token = await tokenOf(opened, row);
    if (rejected === token.accessToken) return this.renewed(opened, key, definition, row, row, signal);
    if (isDue && canRefresh && !this.backoff.until(keyText(key)))
      this.renewAside(opened, key, definition, row);
    return token;
  }

  /**
   * One run of the refresh protocol.
   * @param seen for which client the tokens are
   * @param marginMs how long before its end a token is renewed
   */
  async refresh(
    { vault, providers }: Opened,
    key: TokenKey,
    definition: ConnectionDefinition,
    seen: ServedToken,
    marginMs: number = marginOf(definition),
    rejected?: Rejected,
  ): Promise<RefreshResult> {
    const provider = await providers.forTokens(definition, seen.configFingerprint).catch((error: unknown) => {
      this.backoff.failed(keyText(key), null);
      throw error;
    });
    return vault.refresher.refresh(key, {
      provider: tokenProvider(provider),
      marginMs,
      rejected: rejected && { id: rejected.id, generation: rejected.generation },
    });
  }

  /** For the refresher: what a run came to, said once however many callers shared it. */
  readonly observe: RefreshObserver = (key, _request, { outcome, answer }) => {
    if (!answer) return;
    const { userId, connectionName, account } = key;
    const about = { userId, connectionName, account };
    if (answer.kind === 'tokens') {
      this.backoff.succeeded(keyText(key));
      if (outcome === 'usable') this.events.emit('refreshed', about);
    } else if (answer.kind === 'invalid_grant') {
      if (outcome !== 'reauthorization_required') return;
      const error = reauthorizationRequired(key, 'invalid_grant');
      this.log('warn', error.message);
      this.events.emit('reauthorization_required', { ...about, reason: 'invalid_grant' });
    } else {
      this.backoff.failed(keyText(key), answer.kind === 'transient' ? answer.retryAfterMs : null);
      const error = refreshFailed(key, answer);
      this.log(answer.kind === 'transient' ? 'warn' : 'error', error.message);
      this.events.emit('refresh_failed', { ...about, error });
    }
  };

  private renewAside(
    opened: Opened,
    key: TokenKey,
    definition: ConnectionDefinition,
    row: ServedToken,
  ): void {
    this.refresh(opened, key, definition, row).catch((error: unknown) => {
      this.log(
        'error',
        `A token of connection ${quote(key.connectionName)} was not renewed: ${describeError(error)}`,
      );
    });
  }

  private async renewed(
    opened: Opened,
    key: TokenKey,
    definition: ConnectionDefinition,
    seen: ServedToken,
    rejected: Rejected | undefined,
    signal: AbortSignal | undefined,
  ): Promise<AccessToken> {
    const { canRefresh } = useByDeclaration(seen, definition);
    // Nobody needs to be asked for this.
    if (!canRefresh) throw reauthorizationRequired(key, reasonOf(seen, definition, rejected !== undefined));
    const until = this.backoff.until(keyText(key));
    if (until) throw coolingDown(key, until);
    const run = this.refresh(opened, key, definition, seen, marginOf(definition), rejected);
    const result = await within(run, opened.vault.leaseMs + this.requestMs, signal);
    if (result === null) throw refreshFailed(key, null);
    const { outcome, row, answer } = result;
    if (outcome === 'gone' || row === null) throw notConnected(key);
    if (isMoved(row, definition)) throw reauthorizationRequired(key, 'configuration_changed');
    if (outcome === 'usable') return tokenOf(opened, row);
    if (outcome === 'reauthorization_required') {
      throw reauthorizationRequired(key, reasonOf(row, definition, rejected !== undefined));
    }
    throw refreshFailed(
      key,
      answer?.kind === 'misconfigured' || answer?.kind === 'transient' ? answer : null,
    );
  }
}

/** What can be done with tokens, as far as the declaration alone says it. */
export function useByDeclaration(row: ServedToken, definition: ConnectionDefinition): TokenUse {
  const { configFingerprint } = declaredUnder(definition);
  return useOf(row, { now: Date.now(), marginMs: marginOf(definition), configFingerprint });
}

/** Why tokens that cannot be used cannot be renewed either. */
export function reasonOf(
  row: ServedToken,
  definition: ConnectionDefinition,
  isRejected = false,
): ReauthorizationReason {
  if (row.status !== 'active') return 'invalid_grant';
  if (!row.hasRefreshToken && !isMoved(row, definition)) return isRejected ? 'rejected' : 'expired';
  return 'configuration_changed';
}

/** Milliseconds before its end at which a token of a connection is renewed. */
export function marginOf(definition: ConnectionDefinition): number {
  return (oauthOf(definition).options.refresh_margin ?? DEFAULT_MARGIN_S) * 1000;
}

function isMoved(row: ServedToken, definition: ConnectionDefinition): boolean {
  return compareFingerprints(row.configFingerprint, declaredUnder(definition).configFingerprint) === 'moved';
}

async function tokenOf({ vault: { seal } }: Opened, row: ServedToken): Promise<AccessToken> {
  return {
    accessToken: await seal.openAccessToken(row),
    expiresAt: row.expiresAt === null ? null : new Date(row.expiresAt),
    scopes: row.scopes === null || row.scopes === '' ? [] : row.scopes.split(' '),
  };
}

/** @returns null when it took longer */
async function within<Result>(
  run: Promise<Result>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Result | null> {
  signal?.throwIfAborted();
  let giveUp: (() => void) | undefined;
  const late = new Promise<null>((resolve, reject) => {
    const timer = setTimeout(resolve, timeoutMs, null);
    const abort = () => reject(signal?.reason as Error);
    signal?.addEventListener('abort', abort);
    giveUp = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
  });
  run.catch(() => undefined);
  try {
    return await Promise.race([run, late]);
  } finally {
    giveUp?.();
  }
}
