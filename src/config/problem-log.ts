/**
 * Collects what is found in one entry (or in the document around them) as problems with full paths.
 * Decides how many are kept; never looks at values.
 */
import type { ConfigProblem, ConfigProblemCode } from './definition';
import type { Fault } from './fault';
import { formatPath } from './path';

type Keys = readonly (string | number)[];

/** How many problems a document may still have listed in full; shared by all its logs. */
export interface ProblemBudget {
  left: number;
  /** Problems found after that and not listed. */
  omitted: number;
}

/** The problems of one connection, or of the document when `connection` is null. */
export class ProblemLog {
  readonly problems: ConfigProblem[] = [];
  #failed = false;

  /**
   * @param connection whose problems these are; `null` for the document
   * @param base path of what is judged, which the keys given later continue
   * @param budget when it is used up, only the first error of a log is kept (default: it never is)
   */
  constructor(
    readonly connection: string | null,
    readonly base: Keys = [],
    readonly budget: ProblemBudget = { left: Infinity, omitted: 0 },
  ) {}

  /** Whether an error was reported; warnings do not count. */
  get failed(): boolean {
    return this.#failed;
  }

  error(fault: Fault, keys: Keys = []): void {
    const first = !this.#failed;
    this.#failed = true;
    this.#add(
      'error',
      fault.code,
      fault.at.length === 0 ? keys : [...keys, ...fault.at],
      fault.message,
      first,
    );
  }

  warn(code: ConfigProblemCode, message: string, keys: Keys = []): void {
    this.#add('warning', code, keys, message, false);
  }

  #add(
    severity: ConfigProblem['severity'],
    code: ConfigProblemCode,
    keys: Keys,
    message: string,
    always: boolean,
  ): void {
    if (this.budget.left <= 0 && !always) {
      this.budget.omitted += 1;
      return;
    }
    this.budget.left -= 1;
    const path = formatPath([...this.base, ...keys]);
    this.problems.push({ severity, code, path, connection: this.connection, message });
  }
}
