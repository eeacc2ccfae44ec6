/** Counts how often everything else in the process has its turn, from now until it is stopped. */
export class TurnCounter {
  turns = 0;
  private isStopped = false;

  constructor() {
    const turn = () => {
      this.turns += 1;
      if (!this.isStopped) setImmediate(turn);
    };
    setImmediate(turn);
  }

  stop(): void {
    this.isStopped = true;
  }
}
