/** Every text of the pages, so that a host can put its own words or its own language in their place. */

/** The texts. `{connection}`, `{account}`, `{time}` and `{count}` stand for what they name. */
export interface PageTexts {
  /** Label of the button that connects an account for the first time. */
  readonly connect: string;
  /** Label of the button that connects an account again. */
  readonly reconnect: string;
  /** Label of the button that disconnects an account. */
  readonly disconnect: string;
  /** Heading of the connections that the user has. */
  readonly connected: string;
  /** Heading of the connections that the user does not have. */
  readonly available: string;
  /** In place of connections when none is declared. */
  readonly empty: string;
  /** Label of the button of an error page that begins again. */
  readonly again: string;
  /** Link that leads back. */
  readonly back: string;
}

export const englishTexts: PageTexts = {
  connect: 'Connect',
  reconnect: 'Reconnect',
  disconnect: 'Disconnect',
  connected: 'Your connections',
  available: 'Available',
  empty: 'There is nothing to connect yet.',
  again: 'Try again',
  back: 'Back',
};
