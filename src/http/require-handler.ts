/** What is given to fit a server has to be a handler. */
import { callback, optionInvalid } from '../options';

/**
 * @param call as the host writes it, `toNodeHandler`
 * @throws ConnectionsError `option_invalid`
 */
export function requireHandler(call: string, handler: unknown): void {
  if (callback(handler) !== undefined)
    throw optionInvalid(`The first argument of \`${call}\` must be what \`connectionsHandler\` returns.`);
}
