/** Revokes tokens, as src/connections/token-provider.ts does. */
import type { Setting, Step } from './writer';

/** @param user whose account it is: what is stored for it, or on its way, must not be ended with the tokens */
export function* giveBack(pair: string, user: string, { reach, dropped }: Setting): Step {
  if (reach === 'user' && dropped !== 'revoke.in use') {
    const hasTaken = { do: 'taken', user } as const;
    const read = { do: 'read', by: 'user', value: user } as const;
    // In this order: a flow that is completed meanwhile is seen as one of the two.
    for (const question of dropped === 'revoke.order' ? [read, hasTaken] : [hasTaken, read]) {
      const found: unknown = yield question;
      if (found === true || (found !== null && found !== false)) return;
    }
  }
  yield { do: 'revoke', pair, user };
}
