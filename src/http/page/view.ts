/** What the pages show. The routes make these of a request; rendering them is pure. */
import type { ConnectionJson } from '../json';

/** The page of a user's connections. */
export interface PageView {
  /** In the order in which they are shown. */
  readonly connections: readonly ConnectionJson[];
  /** What the user has just done, or tried to do; null when there is nothing to say. */
  readonly notice: Notice | null;
  /** Whether the browser reaches the service by http, as on a developer's computer; default false. */
  readonly overHttp?: boolean | undefined;
  /** The `return_to` of every form, so that users come back to the page; default none, which leaves it to the routes. */
  readonly returnTo?: string | undefined;
}

/** How a flow has ended. */
export type Notice =
  | {
      /** An account is connected now, or was disconnected. */
      readonly kind: 'connected' | 'disconnected';
      /** The connection. */
      readonly connectionName: string;
    }
  | {
      /** None is. */
      readonly kind: 'failed';
      /** The connection. */
      readonly connectionName: string;
      /** Why, for the user. */
      readonly text: string;
    };

/** The page of one message. */
export interface OutcomeView {
  /** An account is connected now; it is not; the link belongs to no flow, perhaps to one that is complete; or there is no user. */
  readonly kind: 'connected' | 'failed' | 'linkInvalid' | 'signedOut';
  /** Name to show of the connection concerned; null where none is. */
  readonly connection: string | null;
  /** What happened and what the user can do; null for the text of the page itself. */
  readonly detail: string | null;
  /** A form that begins again; null where that does not help. */
  readonly again: {
    /** Where it is posted to; a relative address begins at the address of the failed request. */
    readonly action: string;
    /** Its hidden fields, such as `account`. */
    readonly fields: Readonly<Record<string, string>>;
  } | null;
  /** Where a link leads back to; null for none. */
  readonly back: string | null;
  /** Whether the browser reaches the service by http, as on a developer's computer; default false. */
  readonly overHttp?: boolean | undefined;
}

/** A page to send, with the policy under which its style and its script run. */
export interface RenderedPage {
  /** The whole document. */
  readonly html: string;
  /** Value of the `Content-Security-Policy` header. */
  readonly contentSecurityPolicy: string;
}
