/** Says in the last lines of a run which engines it covered, so that a pass on SQLite alone is not taken for more. */
import type { Reporter } from 'vitest/reporters';

export default class EnginesReporter implements Reporter {
  onTestRunEnd(): void {
    const leftOut = process.env['ENGINES_LEFT_OUT'];
    console.log(`Engines run: ${process.env['ENGINES_RUN'] ?? 'none'}, each on TypeORM 1.x and 0.3`);
    console.log(
      leftOut
        ? `Engines left out, no server answered: ${leftOut}. TEST_POSTGRES_URL and TEST_MARIADB_URL say where to look.`
        : 'Engines left out: none',
    );
  }
}
