/** Errors of this package that classes of the host let through, as answers in the form of each transport. */
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { Catch, Inject, Injectable, Logger, Optional } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { defer } from 'rxjs';
import { Connections } from '../connections/connections';
import { ConnectionsError, describeError } from '../errors';
import { problem, retryHeaders } from '../http/problem';
import { statusOf } from '../http/status';
import { textOf } from '../http/texts';
import { createLog } from '../logging';
import type { Log, Logger as HostLogger } from '../logging';
import type { HostResponse } from './platform';
import { sendOnPlatform } from './platform';
import { LOGGER } from './tokens';

/** A client of socket.io, or one of `ws`, whose `emit` reaches only listeners in this process. */
type SocketClient =
  | { emit(event: string, data: object): unknown; readonly readyState?: undefined }
  | { send(data: string): unknown; readonly readyState: number };

/**
 * Answers what a handler of the host has thrown with the code of a `ConnectionsError` and a text for people: an HTTP request with the
 * problem (RFC 9457) that the routes give, such as 409 for `not_connected` and 503 with `Retry-After` for `provider_unavailable`; a message
 * of a microservice with an error; a message of a WebSocket with the event `exception`. An error that only an operator can mend is
 * logged. Provide it as `APP_FILTER`, or name it in `@UseFilters()`.
 */
@Catch(ConnectionsError)
@Injectable()
export class ConnectionsExceptionFilter implements ExceptionFilter<ConnectionsError> {
  readonly #log: Log;

  /**
   * Called by Nest, or by a host for one controller.
   * @param connections for the name to show of a connection; default none, as when it is made with `new`
   * @param logger default: Nest's
   */
  constructor(
    @Optional() @Inject(Connections) private readonly connections?: Connections,
    @Optional() @Inject(LOGGER) logger: HostLogger = new Logger('Connections'),
  ) {
    this.#log = createLog(logger);
  }

  /**
   * Called by Nest.
   * @param exception that a handler of the host threw
   * @param host whose request or message is answered
   * @returns what Nest sends to the caller of a microservice
   * @throws ConnectionsError the same one, for GraphQL, which answers with it
   */
  catch(exception: ConnectionsError, host: ArgumentsHost): Promise<void> | Observable<never> {
    const type: string = host.getType();
    if (type === 'graphql') throw exception;
    const status = statusOf(exception.code);
    if (status >= 500)
      this.#log(status === 500 ? 'error' : 'warn', `${exception.code}: ${exception.message}`);
    if (type === 'rpc')
      return defer(async () => {
        throw await this.#messageOf(exception);
      });
    const answered =
      type === 'ws'
        ? this.#emit(exception, host.switchToWs().getClient<SocketClient>())
        : this.#answer(exception, host.switchToHttp().getResponse<HostResponse>());
    // Nest waits for no filter: what one rejects with would end the process.
    return answered.catch((error: unknown) =>
      this.#log('error', `An error could not be answered: ${describeError(error)}`),
    );
  }

  async #answer(exception: ConnectionsError, response: HostResponse): Promise<void> {
    const { code, connectionName = '' } = exception;
    const headers = retryHeaders(exception, statusOf(code));
    const answer = problem(code, await this.#textOf(exception), connectionName, headers);
    await sendOnPlatform(response, answer);
  }

  async #emit(exception: ConnectionsError, client: SocketClient): Promise<void> {
    const data = await this.#messageOf(exception);
    if (client.readyState === undefined) client.emit('exception', data);
    else client.send(JSON.stringify({ event: 'exception', data }));
  }

  /** As the filters of Nest have it, with the code. */
  async #messageOf(exception: ConnectionsError): Promise<object> {
    const { code, connectionName } = exception;
    return {
      status: 'error',
      message: await this.#textOf(exception),
      code,
      ...(connectionName !== undefined && { connection_name: connectionName }),
    };
  }

  async #textOf({ code, connectionName = '' }: ConnectionsError): Promise<string> {
    const shown = await this.connections?.registry.get(connectionName).catch(() => undefined);
    return textOf(code, {}, shown?.displayName ?? null);
  }
}
