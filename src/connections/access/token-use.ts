/** What can be done with tokens, and why not, as far as the row and the declaration say it. */
import type { OAuthConnection } from '../../config/definition';
import type { ReauthorizationReason } from '../../error-codes';
import { type TokenSituation, type TokenUse, livesOn, standingOf, useOf } from '../../tokens/due';
import { compareFingerprints } from '../../tokens/fingerprint';
import type { LivingToken } from '../../tokens/living-token';
import type { DueToken, TokenStanding } from '../../tokens/token-row';
import { declaredUnder } from '../provider/oauth-connection';
import { isReason } from './errors';

const DEFAULT_MARGIN_S = 60;

/** @param marginMs before its end at which a refresh is due; default as it is declared */
export function useByDeclaration(
  row: DueToken,
  definition: OAuthConnection,
  marginMs = marginOf(definition),
): TokenUse {
  return useOf(row, situationOf(definition, marginMs));
}

/** As `useByDeclaration`, but does not say whether a refresh is due. */
export function standingByDeclaration(
  row: TokenStanding,
  definition: OAuthConnection,
): Omit<TokenUse, 'isDue'> {
  return standingOf(row, situationOf(definition));
}

/** Whether a token can be sent, and nothing is to be done about it; false where `useByDeclaration` has to say. */
export function livesByDeclaration(row: LivingToken, definition: OAuthConnection): boolean {
  return livesOn(row, situationOf(definition));
}

function situationOf(definition: OAuthConnection, marginMs = marginOf(definition)): TokenSituation {
  const { configFingerprint } = declaredUnder(definition);
  return { now: Date.now(), marginMs, configFingerprint };
}

/** Why the user probably has to connect again, though the provider is still asked; null when nothing says so. */
export function doubtOf({ doubt }: TokenStanding): ReauthorizationReason | null {
  return isReason(doubt) ? doubt : null;
}

/** Why tokens that cannot be used cannot be refreshed either. */
export function reasonOf(
  row: TokenStanding,
  definition: OAuthConnection,
  isRejected = false,
): ReauthorizationReason {
  if (row.status !== 'active') return isReason(row.statusReason) ? row.statusReason : 'invalid_grant';
  if (!row.hasRefreshToken && !isMoved(row, definition)) return isRejected ? 'rejected' : 'expired';
  return 'configuration_changed';
}

/** Milliseconds before its end at which a token of a connection is refreshed. */
export function marginOf(definition: OAuthConnection): number {
  return (definition.oauth.options.refresh_margin ?? DEFAULT_MARGIN_S) * 1000;
}

/** Whether tokens are for another server than the declared one, and must not be sent. */
export function isMoved(row: TokenStanding, definition: OAuthConnection): boolean {
  const { configFingerprint } = declaredUnder(definition);
  return compareFingerprints(row.configFingerprint, configFingerprint, row.generation) === 'moved';
}
