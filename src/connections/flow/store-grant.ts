/** Stores the tokens of a grant in the row of their account, or gives them back: tokens that were not stored can never be used. */
import type { IssuedTokens } from '../../oauth/token-answer';
import { isBearer } from '../../oauth/token-answer';
import type { AccountRef } from '../../tokens/account-ref';
import { refOf } from '../../tokens/account-ref';
import type { Put, PutFlow } from '../../tokens/put';
import { putTokens } from '../../tokens/put';
import { isLaterGrant } from '../../tokens/put-protocol';
import type { StoredToken } from '../../tokens/token-row';
import type { TokenPair } from '../../tokens/token-seal';
import { notBearer } from '../access/errors';
import type { Provider } from '../provider/provider';
import { tokenProvider } from '../provider/token-requests';
import type { Runtime } from '../runtime';
import { isInUse } from '../runtime';
import { endedMeanwhile, notCertain } from './errors';
import type { FlowState } from './state-rows';

/** Tokens that a code was exchanged for. */
export interface NewGrant {
  readonly tokens: IssuedTokens;
  readonly grant: { readonly id: string; readonly at: string };
  /** The row of the account, as it was before the exchange. */
  readonly before: StoredToken | null;
  readonly flow: PutFlow;
}

/**
 * @returns the scopes of the tokens that the account has now, separated by spaces: of these, or of a grant that came later
 * @throws ConnectionsError `tokens_invalid`, `state_unknown` when the flow has ended meanwhile, `account_taken`, or an error of
 * the database
 */
export async function storeGrant(
  runtime: Runtime,
  provider: Provider,
  flow: FlowState,
  given: NewGrant,
): Promise<string | null> {
  const { tokens, grant, before, flow: putFlow } = given;
  const { vault } = runtime;
  const ref = refOf(flow);
  const giveBack = async (now: StoredToken | null = null): Promise<boolean> => {
    await putFlow.end().catch(() => undefined);
    if (now && (await hasSame(runtime, now, tokens))) return false;
    return revokeTokens(runtime, provider, ref, tokens, before);
  };
  const giveBackAndThrow = async (error: unknown): Promise<never> => {
    await giveBack();
    throw error;
  };
  if (!isBearer(tokens)) return giveBackAndThrow(notBearer(flow, tokens, 'provider'));
  const values = await vault.seal
    .close(ref, tokens, provider.under, flow.requestedScopes)
    .catch(giveBackAndThrow);
  const mayReplace: Put['mayReplace'] = (row) => !isLaterGrant(row, before, grant.at);
  const put = { ref, values, grant, before, mayReplace, flow: putFlow, forMs: vault.leaseMs };
  const done = await putTokens(vault.rows, put);
  const { over, row, error } = done;
  if (done.outcome === 'put') {
    if (over && isOvertaken(over, before)) await revokeReplaced(runtime, provider, over, given);
    return values.scopes;
  }
  const { outcome, isUnused } = done;
  if (outcome === 'superseded') {
    if (isUnused) await giveBack(row);
    return row?.scopes ?? null;
  }
  const isRevoked = isUnused && (await giveBack());
  if (outcome === 'ended') throw endedMeanwhile(flow, isRevoked);
  throw isUnused ? error : notCertain(flow, error);
}

/** Whether the tokens that were replaced are of another flow, which was exchanged at the same time and saved first. */
function isOvertaken(replaced: StoredToken, before: StoredToken | null): boolean {
  return replaced.grantedAt !== null && replaced.grantId !== before?.grantId;
}

/** Tokens that cannot be decrypted are not revoked. */
async function revokeReplaced(
  runtime: Runtime,
  provider: Provider,
  row: StoredToken,
  { tokens, before }: NewGrant,
): Promise<void> {
  // A token is sent only to the server that issued it.
  if (row.configFingerprint !== provider.under.configFingerprint) return;
  try {
    const replaced = await runtime.vault.seal.openBoth(row);
    if (!sharesToken(replaced, tokens)) await revokeTokens(runtime, provider, row, replaced, before);
  } catch {
    // The user is connected all the same.
  }
}

/** Some providers give the same tokens again when a user consents again: revoking the one pair would end the other. */
function sharesToken(one: TokenPair, other: TokenPair): boolean {
  const isSameRefresh = one.refreshToken !== undefined && one.refreshToken === other.refreshToken;
  return isSameRefresh || one.accessToken === other.accessToken;
}

/** True for a row that cannot be decrypted, too: what is not known to be another is not revoked. */
async function hasSame(runtime: Runtime, row: StoredToken, tokens: TokenPair): Promise<boolean> {
  return runtime.vault.seal.openBoth(row).then(
    (pair) => sharesToken(pair, tokens),
    () => true,
  );
}

/** @returns whether the provider has revoked the tokens */
function revokeTokens(
  runtime: Runtime,
  provider: Provider,
  ref: AccountRef,
  tokens: TokenPair,
  before: StoredToken | null,
): Promise<boolean> {
  // The database may have taken all the time there was.
  const deadline = runtime.providers.deadline();
  const exchangeWith = (url: string) => ({ ...provider.exchangeWith(url), deadline });
  const { rows } = runtime.vault;
  // What the user had before may belong to another account by now, after a rename.
  const isUsed = async () =>
    (await isInUse(runtime, ref)) || (before !== null && (await rows.readById(before.id)) !== null);
  return tokenProvider({ ...provider, exchangeWith }, isUsed).revoke(tokens);
}
