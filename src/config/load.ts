/**
 * Fetches a declaration from where it is kept: a file, an environment variable, or the program itself.
 * Decides how the text is got; never what it means, and never throws.
 */
import { readFile, stat } from 'node:fs/promises';
import { quote, reasonCode } from '../errors';
import type { AuthType, ConfigProblem, ConfigProblemCode } from './definition';
import type { Environment } from './interpolate';
import { MAX_TEXT_BYTES, tooLarge } from './json';
import { parseConnections } from './parse';
import { ParsedConnections } from './parsed-connections';

const DEFAULT_VARIABLE = 'BOND_MCP_CONFIG';

/** Where the declaration is: a file's path, a variable's name (default `BOND_MCP_CONFIG`), or the value itself. */
export type ConfigSource =
  { readonly file: string } | { readonly env?: string } | { readonly value: unknown };

export interface LoadOptions {
  /** Variables, for `env` and for `${VAR}` (default `process.env`). */
  readonly environment?: Environment;
  /** Which entries go into the table and are served (default `['oauth2']`). */
  readonly authTypes?: readonly AuthType[];
}

/**
 * Loads a declaration; whatever is wrong with it is in the `problems` of the outcome.
 *
 * @param source where it is; a variable that is not set is unreadable, a blank one an empty declaration
 * @param options `environment`: variables, for `env` and for `${VAR}` (default `process.env`)
 */
export async function loadConnections(
  source: ConfigSource,
  options: LoadOptions = {},
): Promise<ParsedConnections> {
  const environment = options.environment ?? process.env;
  const parseOptions = { ...options, environment };
  if ('value' in source) {
    return parseConnections(source.value, parseOptions);
  }
  if ('file' in source) {
    const content = await readText(source.file);
    return typeof content === 'string' ? parseConnections(content, parseOptions) : content;
  }
  const variable = source.env ?? DEFAULT_VARIABLE;
  const text = Object.hasOwn(environment, variable) ? environment[variable] : undefined;
  if (text === undefined) {
    return unreadable(
      'missing_variable',
      `found no environment variable ${quote(variable)}; set it to the declaration, or to {} if there is none`,
      'warning',
    );
  }
  return parseConnections(text, parseOptions);
}

async function readText(file: string): Promise<string | ParsedConnections> {
  try {
    const { size } = await stat(file);
    if (size > MAX_TEXT_BYTES) {
      return unreadable('too_large', `${tooLarge()} (the file ${quote(file, 300)})`);
    }
    const bytes = await readFile(file);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    const reason = `found the file ${quote(file, 300)} unreadable (${reasonCode(error)})`;
    return unreadable(
      'unreadable',
      `${reason}; it must be a file of JSON in UTF-8 that this process may read`,
    );
  }
}

function unreadable(
  code: ConfigProblemCode,
  message: string,
  severity: ConfigProblem['severity'] = 'error',
): ParsedConnections {
  return ParsedConnections.unreadable({ severity, code, path: '', connection: null, message });
}
