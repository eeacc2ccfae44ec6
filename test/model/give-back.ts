/** Revokes tokens, as src/connections/token-provider.ts does. */
import type { Setting, Step } from './writer';
import type { Row } from './rows';

/**
 * @param user whose account it is: what is stored for it, or on its way, must not be ended with the tokens
 * @param before the row of the account as it was before the exchange, which may have been renamed
 */
export function* giveBack(
  pair: string,
  user: string,
  { reach, dropped }: Setting,
  before: Row | null = null,
): Step {
  if (reach === 'user' && dropped !== 'revoke.in use') {
    const hasTaken = { do: 'taken', user } as const;
    const read = { do: 'read', by: 'user', value: user } as const;
    // In this order: a flow that is completed meanwhile is seen as one of the two.
    const renamed = before ? [{ do: 'read', by: 'id', value: before.id } as const] : [];
    for (const question of dropped === 'revoke.order' ? [read, hasTaken] : [hasTaken, read, ...renamed]) {
      const found: unknown = yield question;
      if (found === true || (found !== null && found !== false)) return;
    }
  }
  yield { do: 'revoke', pair };
}
