/**
 * What reading a declaration gave: every name in exactly one of `connections`, `rejected` and `skipped`.
 * Decides nothing; never holds the document it came from.
 */
import type { AuthType, ConfigProblem, ConnectionDefinition, SkippedEntry } from './definition';

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
