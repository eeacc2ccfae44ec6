/** What is wrong with a document, as it is reported: each complaint with the path of what it is about. */
import { quote } from '../errors';
import type { ConfigProblemCode, Fault } from './fault';

/** Something found in a configuration, with what a person needs to correct it. */
export interface ConfigProblem {
  /**
   * An error rejects its entry, or the document when `connection` is `null`. A warning rejects nothing, except the
   * warning that the variable of the document is not set.
   */
  readonly severity: 'error' | 'warning';
  /** The kind of problem, for programs; `message` is for people. */
  readonly code: ConfigProblemCode;
  /** Where, as in `mcpServers.atlassian.oauth_config.token_url`; empty for the document itself. */
  readonly path: string;
  /** The connection concerned; `null` when it is the document itself. */
  readonly connection: string | null;
  /** One sentence: what was found (never a secret's value) and what is allowed. */
  readonly message: string;
}

/** The key of the document under which the entries stand. */
export const ROOT = 'mcpServers';

const PLAIN = /^[A-Za-z_$][\w$-]{0,79}$/;

/**
 * The path of the keys, outermost first; a key that is not a plain word is quoted, escaped and cut.
 *
 * @param keys names and list positions from the document's root
 */
export function formatPath(keys: readonly (string | number)[]): string {
  let path = '';
  for (const key of keys) {
    if (typeof key === 'string' && PLAIN.test(key)) {
      path += path === '' ? key : `.${key}`;
    } else {
      path += `[${typeof key === 'number' ? key : quote(key)}]`;
    }
  }
  return path;
}

type ProblemLine = Pick<ConfigProblem, 'path' | 'message'>;

/** A problem with its place, where it has one. */
export function problemText({ path, message }: ProblemLine): string {
  return path === '' ? message : `${path}: ${message}`;
}

const MOST_LISTED = 5;

/** The first problems in one line, and how many more there are. */
export function problemList(problems: readonly ProblemLine[]): string {
  const listed = problems.slice(0, MOST_LISTED).map(problemText);
  const more = problems.length - listed.length;
  return [...listed, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

type Keys = readonly (string | number)[];

/** The problems of one connection, or of the document when `connection` is null. */
export class ProblemLog {
  readonly problems: ConfigProblem[] = [];
  /** Whether an error was reported; warnings do not count. */
  failed = false;

  /**
   * @param connection whose problems these are; `null` for the document
   * @param base path of what is judged, which the keys given later continue
   */
  constructor(
    readonly connection: string | null,
    readonly base: Keys = [],
  ) {}

  error({ code, message, at }: Fault, keys: Keys = []): void {
    this.failed = true;
    this.#add('error', code, message, [...keys, ...at]);
  }

  warn(code: ConfigProblemCode, message: string, keys: Keys = []): void {
    this.#add('warning', code, message, keys);
  }

  #add(severity: ConfigProblem['severity'], code: ConfigProblemCode, message: string, keys: Keys): void {
    const path = formatPath([...this.base, ...keys]);
    this.problems.push({ severity, code, path, connection: this.connection, message });
  }
}
