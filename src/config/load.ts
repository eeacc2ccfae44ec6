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

/** Where the declaration is: in a file, in an environment variable, or in the program. */
export type ConfigSource =
  | {
      /** Path, from the working directory unless absolute; JSON in UTF-8, 64 MiB at most. */
      readonly file: string;
    }
  | {
      /** Name of the variable that holds the JSON text; default `BOND_MCP_CONFIG`. */
      readonly env?: string;
    }
  | {
      /** The document itself, as `parseConnections` takes it. */
      readonly value: unknown;
    };

/** How `loadConnections` reads a declaration. */
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
 * @param options default: variables from `process.env`, entries with `auth_type: oauth2`
 * @returns what was read; `readable` is false when nothing could be, and the promise never rejects
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
