/** Every writer of a row of tokens, by the names that the suites use. */
import { complete, consent, importTokens } from './put-writers';
import { refresh } from './refresh-writer';
import { disconnect, forget } from './removal-writers';
import { reencrypt, rename } from './rewrite-writers';

const first = { id: 'r0', generation: 1 };

export const writers = {
  caller: refresh(),
  callerOfEve: refresh({ user: 'eve' }),
  callerOfBob: refresh({ user: 'bob' }),
  /** Its token was refused by an API. */
  rejecting: refresh({ rejected: first }),
  /** As `refreshExpiring` does. */
  early: refresh({ isEarly: true }),
  /** Gets tokens that have expired when they arrive. */
  shortLived: refresh({ life: 'expired' }),
  /** Gets tokens that cannot be sent. */
  unusable: refresh({ isUnusable: true }),
  /** Of another client, so that it can only use the tokens. */
  ofAnotherClient: refresh({ fingerprint: 'a2' }),
  /** Of another server, so that it may not even use them. */
  ofAnotherServer: refresh({ fingerprint: 'b1' }),
  complete: complete('f1'),
  completeLater: complete('f2'),
  consent: consent(),
  /** Comes with the state of another user. */
  completeOfEve: complete('f1', 'eve'),
  importOver: importTokens(true),
  importNew: importTokens(false),
  disconnect: disconnect(),
  disconnectEve: disconnect('eve'),
  forget: forget(),
  rename: rename(),
  reencrypt,
};
