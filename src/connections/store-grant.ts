/** Stores the tokens of a grant in the row of their account, or gives them back: tokens that were not stored can never be used. */
import type { IssuedTokens } from '../oauth/token-answer';
import { isBearer } from '../oauth/token-answer';
import { putTokens } from '../tokens/put';
import type { Put } from '../tokens/put';
import { isLaterGrant } from '../tokens/put-protocol';
import { endedMeanwhile, notCertain } from './flow-error';
import type { Opened } from './opened';
import { isInUse } from './opened';
import { notBearer } from './outcome-error';
import type { Provider } from './provider';
import type { FlowState } from './state-rows';
import { tokenProvider } from './token-provider';

/** Tokens that a code was exchanged for. */
export interface NewGrant extends Required<Pick<Put, 'before' | 'flow'>> {
  readonly tokens: IssuedTokens;
  readonly grant: { readonly id: string; readonly at: string };
}

/**
 * @returns the scopes of the tokens that the account has now, separated by spaces: of these, or of a grant that came later
 * @throws ConnectionsError `tokens_invalid`, `state_unknown` when the flow has ended meanwhile, `account_taken`, or an error of
 * the database
 */
export async function storeGrant(
  opened: Opened,
  provider: Provider,
  flow: FlowState,
  { tokens, grant, before, flow: putFlow }: NewGrant,
): Promise<string | null> {
  const { vault, providers } = opened;
  const { userId, connectionName, account } = flow;
  const ref = { userId, connectionName, account };
  const giveBack = async (): Promise<void> => {
    await putFlow?.end().catch(() => undefined);
    // The database may have taken all the time there was.
    const deadline = providers.deadline();
    const exchangeWith = (url: string) => ({ ...provider.exchangeWith(url), deadline });
    await tokenProvider({ ...provider, exchangeWith }, () => isInUse(opened, ref)).revoke(tokens);
  };
  const givenBack = async (error: unknown): Promise<never> => {
    await giveBack();
    throw error;
  };
  if (!isBearer(tokens)) return givenBack(notBearer(flow, tokens, 'provider'));
  const values = await vault.seal.close(ref, tokens, provider.under, flow.requestedScopes).catch(givenBack);
  const mayReplace: Put['mayReplace'] = (row) => !isLaterGrant(row, before, grant.at);
  const put = { ref, values, grant, before, mayReplace, flow: putFlow, forMs: vault.leaseMs };
  const { outcome, isUnused, row, error } = await putTokens(vault.rows, put);
  if (outcome === 'put') return values.scopes;
  if (isUnused) await giveBack();
  if (outcome === 'superseded') return row?.scopes ?? null;
  if (outcome === 'ended') throw endedMeanwhile(flow, isUnused);
  throw isUnused ? error : notCertain(flow, error);
}
