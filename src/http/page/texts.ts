/** Every text of the pages, so that a host can put its own words or its own language in their place. */

/** The texts of the pages. `{connection}`, `{account}` and `{time}` stand for what they name. */
export interface PageTexts {
  /** What has just been done, once an account is connected. */
  readonly justConnected: string;
  /** What has just been done, once an account is disconnected. */
  readonly justDisconnected: string;
  /** Heading of the connections that the user has. */
  readonly yours: string;
  /** Heading of the connections that the user does not have. */
  readonly available: string;
  /** Heading above the links to accounts that have to be connected again. */
  readonly attention: string;
  /** Heading in place of connections when none is declared. */
  readonly empty: string;
  /** Sentence below the heading `empty`. */
  readonly emptyDetail: string;

  /** Button that connects the first account. */
  readonly connect: string;
  /** Button that connects an account again. */
  readonly reconnect: string;
  /** Button that disconnects an account. */
  readonly disconnect: string;
  /** Question before an account is disconnected. */
  readonly disconnectQuestion: string;
  /** What disconnecting does, below the question. */
  readonly disconnectDetail: string;
  /** Button that leaves an account connected. */
  readonly cancel: string;

  /** Name of the account `default` where a connection has others beside it. */
  readonly defaultAccount: string;
  /** A connection and one of its accounts, where both are named in one line. */
  readonly accountOf: string;

  /** State of a connection without accounts. */
  readonly notConnected: string;
  /** State `connected`. */
  readonly connected: string;
  /** State `provider_unavailable`. */
  readonly unavailable: string;
  /** State `token_refused`. */
  readonly refused: string;
  /** State `key_missing`. */
  readonly keyMissing: string;
  /** State `reauthorization_required`. */
  readonly ended: string;

  /** Below `unavailable`. */
  readonly unavailableDetail: string;
  /** Below `unavailable`: since when. */
  readonly unavailableSince: string;
  /** Below `refused`. */
  readonly refusedDetail: string;
  /** Below `keyMissing`. */
  readonly keyMissingDetail: string;
  /** Below `ended`, where the provider or the API has ended the access. */
  readonly endedByProvider: string;
  /** Below `ended`, where the access has expired. */
  readonly endedByTime: string;
  /** Below `ended`, where the connection is declared differently now. */
  readonly endedByChange: string;
  /** Below `ended`, for every other reason. */
  readonly endedOtherwise: string;

  /** Access that is refreshed without the user. */
  readonly refreshedAutomatically: string;
  /** Access that ends at a time, and the user has to connect again then. */
  readonly endsAt: string;
  /** Access that does not end by itself. */
  readonly endless: string;

  /** Line that opens what is known of an account besides. */
  readonly details: string;
  /** Before the scopes of an account. */
  readonly scopes: string;
  /** In place of the scopes when they are not known. */
  readonly scopesUnknown: string;
  /** Before the time when the access token expires. */
  readonly expiry: string;
  /** Before the time when the account was first connected. */
  readonly since: string;

  /** Title of the page that ends a flow where there is nowhere else to go. */
  readonly nowConnected: string;
  /** Below `nowConnected`. */
  readonly nowConnectedDetail: string;
  /** Title of the page of an error that has to do with a connection. */
  readonly notNowConnected: string;
  /** Title of the page of a callback that belongs to no flow: it has expired, or was used before. */
  readonly linkInvalid: string;
  /** Title of the page of a request without a user. */
  readonly signedOut: string;
  /** Title of the page of any other error. */
  readonly failed: string;
  /** Button of an error page that begins again. */
  readonly again: string;
  /** Link that leads back. */
  readonly back: string;
}

export const englishTexts: PageTexts = {
  justConnected: '{connection} is connected.',
  justDisconnected: '{connection} is disconnected.',
  yours: 'Your connections',
  available: 'Available',
  attention: 'Needs your attention',
  empty: 'Nothing to connect yet',
  emptyDetail: 'Connections appear here as soon as this service offers some.',

  connect: 'Connect',
  reconnect: 'Reconnect',
  disconnect: 'Disconnect',
  disconnectQuestion: 'Disconnect {connection}?',
  disconnectDetail: 'This service loses its access. You can connect again at any time.',
  cancel: 'Cancel',

  defaultAccount: 'Main account',
  accountOf: '{connection} ({account})',

  notConnected: 'Not connected',
  connected: 'Connected',
  unavailable: 'Not available right now',
  refused: 'Access refused',
  keyMissing: 'Being repaired',
  ended: 'Access has ended',

  unavailableDetail: 'It is tried again automatically, and there is nothing for you to do.',
  unavailableSince: 'Since {time}',
  refusedDetail: '{connection} does not accept this access. Try to reconnect.',
  keyMissingDetail: 'We are working on it, and there is nothing for you to do.',
  endedByProvider: '{connection} has ended this access. Reconnect to go on using it.',
  endedByTime: 'Access to {connection} has expired. Reconnect to go on using it.',
  endedByChange: '{connection} has changed since you connected. Reconnect to go on using it.',
  endedOtherwise: 'This access cannot be used any more. Reconnect to go on using {connection}.',

  refreshedAutomatically: 'Access is refreshed automatically',
  endsAt: 'Access ends {time}',
  endless: 'Access does not expire',

  details: 'Details',
  scopes: 'Permissions',
  scopesUnknown: 'Not known',
  expiry: 'Current access until',
  since: 'Connected since',

  nowConnected: '{connection} is connected',
  nowConnectedDetail: 'You can close this page.',
  notNowConnected: '{connection} was not connected',
  linkInvalid: 'This link is no longer valid',
  signedOut: 'Sign in first',
  failed: 'This did not work',
  again: 'Try again',
  back: 'Back',
};

/** The English texts with those of the host in their place. */
export function textsOf(own: Partial<PageTexts> = {}): PageTexts {
  const given = Object.entries(own).filter(([, text]) => text !== undefined);
  return { ...englishTexts, ...Object.fromEntries(given) };
}
