/** What a scenario found on one engine and TypeORM major: counts for the table, and in words what was lost or wrong. */

export interface Result {
  readonly rounds: number;
  /** Faults that took place. */
  readonly faults: number;
  /** Rows, tokens or users that should be there and are not. */
  readonly lost: readonly string[];
  /** Everything else that should not be: a wrong schema, rows twice, an unclear error, a hang, a crash. */
  readonly wrong: readonly string[];
  /** Whatever helps to read the counts. */
  readonly notes: readonly string[];
}

/** Collects what a scenario finds. */
export class Findings {
  private rounds = 0;
  private faults = 0;
  private readonly lost: string[] = [];
  private readonly wrong: string[] = [];
  private readonly notes: string[] = [];

  countRound(count = 1): void {
    this.rounds += count;
  }

  countFault(count = 1): void {
    this.faults += count;
  }

  isLost(what: string): void {
    this.lost.push(what);
  }

  isWrong(what: string): void {
    this.wrong.push(what);
  }

  note(what: string): void {
    this.notes.push(what);
  }

  get result(): Result {
    const { rounds, faults, lost, wrong, notes } = this;
    return { rounds, faults, lost, wrong, notes };
  }
}
