/**
 * Collects what is found in one entry (or in the document around them) as problems with full paths.
 * Decides severity bookkeeping only; never looks at values.
 */
import type { ConfigProblem, ConfigProblemCode } from './definition';
import type { Fault } from './fault';
import { formatPath } from './path';

type Keys = readonly (string | number)[];

/** The problems of one connection, or of the document when `connection` is null. */
export class ProblemLog {
  readonly problems: ConfigProblem[] = [];
  #failed = false;

  /**
   * @param connection whose problems these are; `null` for the document
   * @param base path of what is judged, which the keys given later continue
   */
  constructor(
    readonly connection: string | null,
    readonly base: Keys = [],
  ) {}

  /** Whether an error was reported; warnings do not count. */
  get failed(): boolean {
    return this.#failed;
  }

  error(fault: Fault, keys: Keys = []): void {
    this.#failed = true;
    this.#add('error', fault.code, [...keys, ...fault.at], fault.message);
  }

  warn(code: ConfigProblemCode, message: string, keys: Keys = []): void {
    this.#add('warning', code, keys, message);
  }

  #add(severity: ConfigProblem['severity'], code: ConfigProblemCode, keys: Keys, message: string): void {
    const path = formatPath([...this.base, ...keys]);
    this.problems.push({ severity, code, path, connection: this.connection, message });
  }
}
