/**
 * Fetches a document from where it is kept: a file, an environment variable, or the program itself.
 * Decides how the text is got; never what it means.
 */
import { readFile, stat } from 'node:fs/promises';
import { quote, reasonCode } from '../errors';
import type { Check, OptionChecks } from '../options';
import { checkOptions, object, required, text } from '../options';
import { suggester } from '../suggest';
import type { AuthType } from './definition';
import type { ConnectionsDocument } from './document';
import { AUTH_TYPES } from './document-fields';
import type { ConfigProblemCode } from './fault';
import { MAX_TEXT_BYTES, tooLarge, isPlainObject } from './json';
import { parseConnections, ParsedConnections } from './parse';
import type { ConfigProblem } from './problems';
import { ROOT } from './problems';
import type { Environment } from './variables';

/** The document, its JSON text, what was parsed from it, or where the text is. */
export type ConnectionsConfig<Name extends string = string> =
  | ConnectionsDocument<Name>
  | ParsedConnections
  | string
  | {
      /** Path, from the working directory unless absolute; JSON in UTF-8, 64 MiB at most. */
      readonly file: string;
    }
  | {
      /** Name of the environment variable that holds the JSON text. */
      readonly env: string;
    };

type ConfigFile = Extract<ConnectionsConfig, { readonly file: string }>;
type ConfigVariable = Extract<ConnectionsConfig, { readonly env: string }>;

/** How `loadConnections` reads a document. */
export interface LoadOptions {
  /** Variables, for `env` and for `${VAR}` (default `process.env`). */
  readonly environment?: Environment | undefined;
  /** Which entries go into the table and are served (default `['oauth2']`). */
  readonly authTypes?: readonly AuthType[] | undefined;
}

const DEFAULT_CONFIG: ConfigVariable = { env: 'BOND_MCP_CONFIG' };

export const authTypeList: Check = (value) =>
  Array.isArray(value) && value.every((word) => AUTH_TYPES.has(word as string))
    ? undefined
    : `a list of ${[...AUTH_TYPES.keys()].map((word) => `'${word}'`).join(', ')}`;

const loadChecks: OptionChecks<LoadOptions> = { environment: object, authTypes: authTypeList };

/**
 * Loads a document; what is wrong with it is in the `problems` of the outcome.
 *
 * @param config default `{ env: 'BOND_MCP_CONFIG' }`; a variable that is not set is unreadable, a blank one an empty
 * document
 * @param options default: variables from `process.env`, entries with `auth_type: oauth2`
 * @returns what was read; `readable` is false when nothing could be
 * @throws ConnectionsError `option_invalid`; nothing in a document makes it throw
 * @example
 * const parsed = await loadConnections({ file: 'connections.json' });
 * for (const { path, message } of parsed.problems) console.warn(`${path}: ${message}`);
 */
export async function loadConnections(
  config: ConnectionsConfig = DEFAULT_CONFIG,
  options: LoadOptions = {},
): Promise<ParsedConnections> {
  const { environment = process.env, authTypes } = checkOptions('loadConnections', options, loadChecks);
  const parseOptions = { environment, ...(authTypes && { authTypes }) };
  checkConfigPlace('loadConnections', config);
  if (isFile(config)) {
    const content = await readText(config.file);
    return typeof content === 'string' ? parseConnections(content, parseOptions) : content;
  }
  if (!isVariable(config)) {
    return parseConnections(config, parseOptions);
  }
  const { env } = config;
  const content = Object.hasOwn(environment, env) ? environment[env] : undefined;
  if (content === undefined) {
    return unreadable(
      'missing_variable',
      `found no environment variable ${quote(env)}; set it to the document, or to {} if there is none`,
      'warning',
    );
  }
  return parseConnections(content, parseOptions);
}

/**
 * A file or a variable must have a name, and stand alone. What is wrong with a document itself is reported when it is read.
 * @throws ConnectionsError `option_invalid`
 */
export function checkConfigPlace(call: string, config: ConnectionsConfig | undefined): void {
  if (config === undefined || !isPlainObject(config) || ROOT in config) return;
  const keys = Object.keys(config);
  const place = ['file', 'env'].find((key) =>
    keys.some((given) => given === key || meansPlace(given) === key),
  );
  if (place !== undefined) checkOptions(call, config as object, { [place]: required(text) });
}

const meansPlace = suggester(['file', 'env']);

function isFile(config: ConnectionsConfig): config is ConfigFile {
  return hasOnly(config, 'file');
}

function isVariable(config: ConnectionsConfig): config is ConfigVariable {
  return hasOnly(config, 'env');
}

function hasOnly(config: ConnectionsConfig, key: string): boolean {
  return isPlainObject(config) && Object.keys(config).join() === key;
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
