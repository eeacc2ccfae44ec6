/** What each state is in words, what its mark is, and which buttons it has. */
import type { AccountJson } from '../json';
import type { Mark } from './marks';
import type { PageTexts } from './texts';

interface Appearance {
  readonly mark: Mark;
  /** The state in a few words. */
  readonly words: keyof PageTexts;
  /** Whether the user is to connect again. */
  readonly wantsAttention: boolean;
}

const APPEARANCES: Readonly<Record<AccountJson['status'], Appearance>> = {
  connected: { mark: 'good', words: 'connected', wantsAttention: false },
  provider_unavailable: { mark: 'pause', words: 'unavailable', wantsAttention: false },
  token_refused: { mark: 'attention', words: 'refused', wantsAttention: true },
  key_missing: { mark: 'pause', words: 'keyMissing', wantsAttention: false },
  reauthorization_required: { mark: 'attention', words: 'ended', wantsAttention: true },
};

export function appearance({ status }: AccountJson): Appearance {
  return APPEARANCES[status];
}

/** Access that ends at a known time unless its user connects again. */
export function endsByItself(account: AccountJson): boolean {
  return account.status === 'connected' && !account.has_refresh_token && account.expires_at !== null;
}

/** The text below the state. */
export function detailOf(account: AccountJson): keyof PageTexts {
  switch (account.status) {
    case 'provider_unavailable':
      return 'unavailableDetail';
    case 'token_refused':
      return 'refusedDetail';
    case 'key_missing':
      return 'keyMissingDetail';
    case 'reauthorization_required':
      return endOf(account);
    case 'connected':
      if (endsByItself(account)) return 'endsAt';
      return account.expires_at === null ? 'endless' : 'refreshedAutomatically';
  }
}

function endOf({ reason }: AccountJson): keyof PageTexts {
  if (reason === 'invalid_grant' || reason === 'rejected') return 'endedByProvider';
  if (reason === 'expired') return 'endedByTime';
  return reason === 'configuration_changed' ? 'endedByChange' : 'endedOtherwise';
}
