/**
 * Reads a whole document, `{"mcpServers": {...}}`, and sorts its names into valid, rejected and skipped.
 * Decides what a readable document is; never touches the process environment or a file.
 */
import type { AuthType, ConnectionDefinition, SkippedEntry } from './definition';
import type { ConfigProblem } from './problems';
import { formatPath, ProblemLog } from './problems';
import { quote } from '../errors';
import type { ConnectionsDocument } from './document';
import { readEntry } from './entry';
import { Fault, describeFound, fault } from './fault';
import type { Environment } from './variables';
import { readJson } from './json';
import { nameProblems } from './names';
import { isPlainObject } from './json';
import { redirectWarnings } from './redirect-uris';
import type { RootSwitch } from './foreign/switches';
import { ROOT, foreignDocumentFault, judgeRoot } from './foreign/document';

export const DEFAULT_AUTH_TYPES: readonly AuthType[] = ['oauth2'];

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

const MAX_PROBLEMS = 10_000;

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
 * @returns every name in one of `connections`, `rejected` and `skipped`; this function never throws
 * @example
 * const parsed = parseConnections('{ "mcpServers": {} }', { environment: process.env });
 * console.log(parsed.readable, [...parsed.connections.keys()]);
 */
export function parseConnections(
  raw: ConnectionsDocument | ParsedConnections | string,
  options: ParseOptions = {},
): ParsedConnections {
  try {
    if (raw instanceof ParsedConnections) {
      return raw;
    }
    return typeof raw === 'string' ? parseText(raw, options) : parseDocument(raw, options, []);
  } catch {
    return unreadable(new Fault('unreadable', 'found a document that cannot be read; it must be plain data'));
  }
}

type Duplicates = readonly (readonly (string | number)[])[];

function parseText(text: string, options: ParseOptions): ParsedConnections {
  const reading = readJson(text);
  if (!reading.ok) {
    return unreadable(new Fault(reading.code, reading.message));
  }
  return reading.value === undefined
    ? new ParsedConnections()
    : parseDocument(reading.value, options, reading.duplicates);
}

function parseDocument(document: unknown, options: ParseOptions, duplicates: Duplicates): ParsedConnections {
  if (!isPlainObject(document)) {
    return unreadable(
      fault('invalid_type', describeFound(document, 'shape'), `it must be an object with ${quote(ROOT)}`),
    );
  }
  if (!Object.hasOwn(document, ROOT)) {
    const otherwise = foreignDocumentFault(document);
    return otherwise === undefined ? new ParsedConnections() : unreadable(otherwise);
  }
  const servers = document[ROOT];
  if (!isPlainObject(servers)) {
    const allowed = `it must be an object${Array.isArray(servers) ? ', with the name of each entry as its key' : ''}`;
    return unreadable(fault('invalid_type', describeFound(servers, 'shape'), allowed), [ROOT]);
  }
  if (duplicates.some((keys) => keys.length === 1 && keys[0] === ROOT)) {
    return unreadable(fault('duplicate_name', 'it twice', 'a document may have it once'), [ROOT]);
  }
  const log = new ProblemLog(null);
  const switches = judgeRoot(document, log);
  if (log.failed) return ParsedConnections.unreadable(...log.problems.filter(isError).slice(0, 1));
  const repeated = new Set<string>();
  const problems = [...log.problems, ...duplicateWarnings(duplicates, repeated)];
  return parseServers(servers, options, repeated, problems, switches);
}

function parseServers(
  servers: Readonly<Record<string, unknown>>,
  { environment = NO_VARIABLES, authTypes = DEFAULT_AUTH_TYPES }: ParseOptions,
  repeated: ReadonlySet<string>,
  problems: ConfigProblem[],
  switches: readonly RootSwitch[],
): ParsedConnections {
  const connections = new Map<string, ConnectionDefinition>();
  const rejected = new Set<string>();
  const skipped: SkippedEntry[] = [];
  const names = Object.keys(servers);
  for (const problem of nameProblems(names, repeated)) {
    problems.push(problem);
    rejected.add(problem.connection ?? '');
  }
  const budget = { left: MAX_PROBLEMS, omitted: 0 };
  const context = { environment, kept: new Set(authTypes) };
  for (const name of names) {
    const log = new ProblemLog(name, [ROOT, name], budget);
    const outcome = guarded(() => readEntry(name, servers[name], context, log), log);
    if (outcome !== undefined && 'connection' in outcome) judgeSwitches(outcome.connection, switches, log);
    for (const problem of log.problems) {
      problems.push(problem);
    }
    if (log.failed || outcome === undefined || rejected.has(name)) {
      rejected.add(name);
    } else if ('skipped' in outcome) {
      skipped.push(outcome.skipped);
    } else {
      connections.set(name, outcome.connection);
    }
  }
  for (const problem of redirectWarnings(connections.values(), ROOT, budget)) problems.push(problem);
  if (budget.omitted > 0) {
    const log = new ProblemLog(null);
    const found = `found ${budget.omitted} more problems that are not listed`;
    log.warn('too_large', `${found}; after ${MAX_PROBLEMS} only the first error of each entry is`, [ROOT]);
    problems.push(...log.problems);
  }
  return new ParsedConnections({ connections, rejected, skipped, problems, authTypes });
}

/** An entry that another program would not use has to say so itself. */
function judgeSwitches(
  { name, enabled }: ConnectionDefinition,
  switches: readonly RootSwitch[],
  log: ProblemLog,
): void {
  if (enabled === false) return;
  const found = switches.find(({ isOff }) => isOff?.(name));
  if (found === undefined) return;
  const field = quote(formatPath(found.keys), 200);
  log.error(
    fault(
      'unknown_field',
      `an entry that ${field} switches off`,
      'write "enabled": false in it, or delete that field',
    ),
  );
}

const isError = ({ severity }: ConfigProblem) => severity === 'error';

/** A getter or a proxy in a plain value may throw anything; that rejects its entry and no other. */
function guarded<T>(read: () => T, log: ProblemLog): T | undefined {
  try {
    return read();
  } catch {
    log.error(new Fault('invalid_value', 'found an entry that cannot be read; it must be plain data'));
    return undefined;
  }
}

/** Fills in the names declared twice, and warns of every other key that an object has twice. */
function duplicateWarnings(duplicates: Duplicates, repeated: Set<string>): ConfigProblem[] {
  const warnings: ConfigProblem[] = [];
  for (const keys of duplicates) {
    const name = keys[0] === ROOT ? keys[1] : undefined;
    if (keys.length === 2 && typeof name === 'string') {
      repeated.add(name);
      continue;
    }
    const log = new ProblemLog(typeof name === 'string' ? name : null);
    log.warn('duplicate_name', 'found this field twice; the last one counts', keys);
    warnings.push(...log.problems);
  }
  return warnings;
}

function unreadable(reason: Fault, keys: readonly string[] = []): ParsedConnections {
  const log = new ProblemLog(null);
  log.error(reason, keys);
  return ParsedConnections.unreadable(...log.problems);
}
