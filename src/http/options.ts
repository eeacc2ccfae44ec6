/** What a host gives the handler of its routes, what the handler tells it, and what is taken for a handler. */
import type { ConnectionsErrorCode } from '../error-codes';
import type { Logger } from '../logging';
import { callback, optionInvalid } from '../options';
import type { PageOptions } from './page/options';
import type { ErrorTexts } from './texts';

/** A handler of requests as the web platform has them, which Hono, Next.js, Bun, Deno and workers take as it is. */
export type ConnectionsHandler<Context = unknown> = (
  request: Request,
  context: Context,
) => Promise<Response | undefined>;

/** Who sends a request: the host's own id of the user; null where no user is signed in; an answer of the host's, such as a redirect to its login. */
export type RequestUser = string | null | Response;

/** Where a flow has ended, for `afterwards`. */
export interface FlowOutcome {
  /** The connection. */
  readonly connectionName: string;
  /** Which of the user's accounts. */
  readonly account: string;
  /** Why nothing was connected; null when the account is connected. */
  readonly error: ConnectionsErrorCode | null;
}

/** The options of `connectionsHandler`; `user` is required. */
export interface HandlerOptions<Context = unknown> {
  /**
   * Who sends this request, from the session or the bearer token of the host. Asked on every route but the client metadata; a callback
   * that has no session is completed by the cookie of its browser.
   */
  readonly user: (request: Request, context: Context) => RequestUser | Promise<RequestUser>;
  /**
   * Where users go after a flow that has no `return_to`: a path or a URL; or a function that says it for each flow. `connection_success`, or `connection_error` and `error`, are added to its query. Default: the page, if it is on.
   */
  readonly afterwards?: string | ((outcome: FlowOutcome) => string) | undefined;
  /** Path below which the routes are, as this process sees it; default `/connections`. */
  readonly basePath?: string | undefined;
  /**
   * A link that an app has registered, such as `com.example.app:/connected` or a universal link. The query of a callback whose flow an
   * app began is handed on to it, unless the browser has a session of the same user; the app posts it to `/{name}/complete`. Default
   * none.
   */
  readonly appLink?: string | undefined;
  /** Serves the page of the user's connections at `{basePath}/ui`: true, or what differs from its defaults. Default false. */
  readonly page?: boolean | PageOptions | undefined;
  /**
   * Sentences for people in place of ours, by code; `{connection}` in them is the name of the connection to show. Default: English
   * ones.
   */
  readonly errorTexts?: ErrorTexts | undefined;
  /** Told of what a user is shown only in general terms, such as a provider that refuses the client. Default: process warnings. */
  readonly logger?: Logger | undefined;
}

/**
 * What is given to fit a server has to be a handler.
 * @param call as the host writes it, `toNodeHandler`
 * @throws ConnectionsError `option_invalid`
 */
export function requireHandler(call: string, handler: unknown): void {
  if (callback(handler) !== undefined)
    throw optionInvalid(`The first argument of \`${call}\` must be what \`connectionsHandler\` returns.`);
}
