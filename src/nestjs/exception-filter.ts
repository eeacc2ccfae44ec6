/** Errors of this package that controllers of the host let through, as the answers that the routes give. */
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { Catch, Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { Connections } from '../connections/connections';
import { ConnectionsError } from '../errors';
import { problem, retryHeaders } from '../http/problem';
import { statusOf } from '../http/status';
import { textOf } from '../http/texts';
import type { HostResponse } from './platform';
import { sendOnPlatform } from './platform';

/**
 * Answers an HTTP request with the problem (RFC 9457) of a `ConnectionsError`, as the routes do: 409 for `not_connected`, 503 with
 * `Retry-After` for `provider_unavailable`, 500 for what only an operator can mend, which is logged. Provide it as `APP_FILTER`, or
 * name it in `@UseFilters()`.
 */
@Catch(ConnectionsError)
@Injectable()
export class ConnectionsExceptionFilter implements ExceptionFilter<ConnectionsError> {
  readonly #logger = new Logger('Connections');

  /**
   * Called by Nest, or by a host for one controller.
   * @param connections for the name to show of a connection; default none, as when it is made with `new`
   */
  constructor(@Optional() @Inject(Connections) private readonly connections?: Connections) {}

  /**
   * Called by Nest.
   * @param exception that a handler of the host threw
   * @param host whose response is answered; another than of HTTP is left to Nest
   * @throws ConnectionsError the same one, for GraphQL, which answers with it
   */
  async catch(exception: ConnectionsError, host: ArgumentsHost): Promise<void> {
    const type: string = host.getType();
    if (type === 'graphql') throw exception;
    // Nest waits for no filter: what one rejects with would end the process.
    if (type !== 'http') return this.#logger.error(`${exception.code}: ${exception.message}`);
    const status = statusOf(exception.code);
    if (status >= 500)
      this.#logger[status === 500 ? 'error' : 'warn'](`${exception.code}: ${exception.message}`);
    await sendOnPlatform(host.switchToHttp().getResponse<HostResponse>(), await this.#answer(exception));
  }

  async #answer(exception: ConnectionsError): Promise<Response> {
    const { code, connectionName = '' } = exception;
    const shown = await this.connections?.registry.get(connectionName).catch(() => undefined);
    const text = textOf(code, {}, shown?.displayName ?? null);
    return problem(code, text, connectionName, retryHeaders(exception, statusOf(code)));
  }
}
