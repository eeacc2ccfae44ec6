/**
 * Reads a whole document, `{"mcpServers": {...}}`, and sorts its names into valid, rejected and skipped.
 * Decides what a readable document is; never touches the process environment or a file.
 */
import { quote } from '../errors';
import type { AuthType, ConnectionDefinition, SkippedEntry } from './definition';
import type { ConnectionsDocument } from './document';
import { readEntry } from './entry';
import { Fault, fault, typeFault } from './fault';
import { foreignDocumentFault, judgeRoot } from './foreign/document';
import type { RootSwitch } from './foreign/switches';
import type { PlainObject } from './json';
import { isPlainObject, readJson } from './json';
import { nameProblems } from './names';
import type { ConfigProblem } from './problems';
import { ProblemLog, ROOT, formatPath } from './problems';
import { redirectWarnings } from './redirect-uris';
import type { Environment } from './variables';

const DEFAULT_AUTH_TYPES: readonly AuthType[] = ['oauth2'];

/** The outcome of `parseConnections`, which takes it back as it is. */
export class ParsedConnections {
  /** Valid connections by name, whatever their `authType`. */
  readonly connections: ReadonlyMap<string, ConnectionDefinition>;
  /** Names with at least one error. */
  readonly rejected: ReadonlySet<string>;
  /** Entries that are not remote connections: local programs. */
  readonly skipped: readonly SkippedEntry[];
  /** Errors and warnings, in the order of the document; those about the document and its names come first. */
  readonly problems: readonly ConfigProblem[];
  /** Which connections are kept in the table and served, by their `authType`; default `['oauth2']`. */
  readonly authTypes: readonly AuthType[];
  /** `false` when the document as a whole could not be understood; then nothing is known to be undeclared. */
  readonly readable: boolean;

  /**
   * For a test that makes an outcome by hand; a host gets them from `parseConnections` and `loadConnections`.
   * @param parts what is left out is empty, `authTypes` `['oauth2']`, `readable` true
   */
  constructor(parts: Partial<ParsedConnections> = {}) {
    this.connections = parts.connections ?? new Map();
    this.rejected = parts.rejected ?? new Set();
    this.skipped = parts.skipped ?? [];
    this.problems = parts.problems ?? [];
    this.authTypes = parts.authTypes ?? DEFAULT_AUTH_TYPES;
    this.readable = parts.readable ?? true;
  }

  /**
   * The outcome for a document that could not be understood.
   * @param problems why it could not
   * @returns one with no names at all and `readable` false
   */
  static unreadable(...problems: readonly ConfigProblem[]): ParsedConnections {
    return new ParsedConnections({ problems, readable: false });
  }
}

const NO_VARIABLES: Environment = Object.freeze({});

/** How `parseConnections` reads a document. */
export interface ParseOptions {
  /** Variables for `${VAR}`, by name (default none). */
  readonly environment?: Environment;
  /** Which entries go into the table and are served (default `['oauth2']`); a secret in them is an error. */
  readonly authTypes?: readonly AuthType[];
}

/**
 * Reads a document; what is wrong with it is in the `problems` of the outcome.
 *
 * @param raw the document, its JSON text (comments and trailing commas allowed), or an outcome, given back as it is;
 * at run time anything else, which is then not readable
 * @param options default: no variables, entries with `auth_type: oauth2`; not used where `raw` is an outcome
 * @returns every name in one of `connections`, `rejected` and `skipped`; nothing in a document makes it throw
 * @example
 * const parsed = parseConnections('{ "mcpServers": {} }', { environment: process.env });
 * console.log(parsed.readable, [...parsed.connections.keys()]);
 */
export function parseConnections(
  raw: ConnectionsDocument | ParsedConnections | string,
  options: ParseOptions = {},
): ParsedConnections {
  if (raw instanceof ParsedConnections) return raw;
  return typeof raw === 'string' ? parseText(raw, options) : parseDocument(raw, options, []);
}

type Keys = readonly (string | number)[];

function parseText(text: string, options: ParseOptions): ParsedConnections {
  const reading = readJson(text);
  if (!reading.ok) return unreadable(new Fault(reading.code, reading.message));
  if (reading.value === undefined) return new ParsedConnections();
  return parseDocument(reading.value, options, reading.duplicates);
}

/** @param duplicates the keys that its text has twice */
function parseDocument(
  document: unknown,
  options: ParseOptions,
  duplicates: readonly Keys[],
): ParsedConnections {
  if (!isPlainObject(document)) {
    return unreadable(typeFault(document, `it must be an object with ${quote(ROOT)}`));
  }
  if (!Object.hasOwn(document, ROOT)) {
    const otherwise = foreignDocumentFault(document);
    return otherwise === undefined ? new ParsedConnections() : unreadable(otherwise);
  }
  const servers = document[ROOT];
  if (!isPlainObject(servers)) {
    const key = Array.isArray(servers) ? ', with the name of each entry as its key' : '';
    return unreadable(typeFault(servers, `it must be an object${key}`), [ROOT]);
  }
  if (duplicates.some((keys) => keys.length === 1 && keys[0] === ROOT)) {
    return unreadable(fault('duplicate_name', 'it twice', 'a document may have it once'), [ROOT]);
  }
  const log = new ProblemLog(null);
  const switches = judgeRoot(document, log);
  if (log.failed) return ParsedConnections.unreadable(...log.problems.filter(isError).slice(0, 1));
  const isName = (keys: Keys) => keys.length === 2 && keys[0] === ROOT;
  const names = nameProblems(
    Object.keys(servers),
    new Set(duplicates.filter(isName).map(([, name]) => String(name))),
  );
  const fields = duplicates.filter((keys) => !isName(keys)).flatMap(duplicateWarning);
  return parseEntries(servers, options, switches, names, [...log.problems, ...fields]);
}

/**
 * @param switches what other programs would switch off
 * @param nameErrors of the entries
 * @param warnings about the document around them
 */
function parseEntries(
  servers: PlainObject,
  { environment = NO_VARIABLES, authTypes = DEFAULT_AUTH_TYPES }: ParseOptions,
  switches: readonly RootSwitch[],
  nameErrors: readonly ConfigProblem[],
  warnings: readonly ConfigProblem[],
): ParsedConnections {
  const connections = new Map<string, ConnectionDefinition>();
  const rejected = new Set(nameErrors.map(({ connection }) => connection ?? ''));
  const skipped: SkippedEntry[] = [];
  const problems = [...warnings, ...nameErrors];
  const context = { environment, typesInTable: new Set(authTypes) };
  for (const [name, entry] of Object.entries(servers)) {
    const log = new ProblemLog(name, [ROOT, name]);
    const outcome = readSafely(() => readEntry(name, entry, context, log), log);
    if (outcome?.connection) judgeSwitches(outcome.connection, switches, log);
    for (const problem of log.problems) problems.push(problem);
    if (log.failed || outcome === undefined || rejected.has(name)) rejected.add(name);
    else if (outcome.connection) connections.set(name, outcome.connection);
    else skipped.push(outcome.skipped);
  }
  for (const problem of redirectWarnings(connections.values())) problems.push(problem);
  return new ParsedConnections({ connections, rejected, skipped, problems, authTypes });
}

/** An entry that makes its reader throw is rejected by itself; the host still starts. */
function readSafely<T>(read: () => T, log: ProblemLog): T | undefined {
  try {
    return read();
  } catch {
    log.error(new Fault('invalid_value', 'found an entry that cannot be read'));
    return undefined;
  }
}

/** An entry that a switch of another program turns off is an error unless it says `enabled: false` itself. */
function judgeSwitches(
  { name, enabled }: ConnectionDefinition,
  switches: readonly RootSwitch[],
  log: ProblemLog,
): void {
  if (enabled === false) return;
  const found = switches.find(({ isOff }) => isOff?.(name));
  if (found === undefined) return;
  const field = quote(formatPath(found.keys), 200);
  const remedy = 'write "enabled": false in it, or delete that field';
  log.error(fault('unknown_field', `an entry that ${field} switches off`, remedy));
}

const isError = ({ severity }: ConfigProblem) => severity === 'error';

function duplicateWarning(keys: Keys): ConfigProblem[] {
  const name = keys[0] === ROOT ? keys[1] : undefined;
  const log = new ProblemLog(typeof name === 'string' ? name : null);
  log.warn('duplicate_name', 'found this field twice; the last one counts', keys);
  return log.problems;
}

function unreadable(reason: Fault, keys: readonly string[] = []): ParsedConnections {
  const log = new ProblemLog(null);
  log.error(reason, keys);
  return ParsedConnections.unreadable(...log.problems);
}
