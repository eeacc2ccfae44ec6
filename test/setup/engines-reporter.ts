/** Says in the last lines of a run what it covered and what it left out, so that a pass on SQLite alone is not taken for more. */
import type { Reporter, TestModule, Vitest } from 'vitest/node';

export default class EnginesReporter implements Reporter {
  private vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const leftOut = process.env['ENGINES_LEFT_OUT'];
    const majors = new Set(modules.map(({ project }) => (project.name.includes('0.3') ? '0.3' : '1.x')));
    const engines = process.env['ENGINES_RUN'] ?? 'none';
    console.log(`Engines run: ${engines}, on TypeORM ${[...majors].toSorted().toReversed().join(' and ')}`);
    console.log(
      leftOut
        ? `Engines left out, no server answered: ${leftOut}. TEST_POSTGRES_URL and TEST_MARIADB_URL say where to look.`
        : 'Engines left out: none',
    );
    const isQuick = this.vitest?.config.tagsFilter?.includes('!long') === true;
    const projects = new Set(this.vitest?.projects.map(({ name }) => name));
    const withLong = projects.has('typeorm-0.3') ? 'test:long' : 'test:typeorm-0.3';
    if (isQuick) console.log(`Left to npm run ${withLong}: the tests with the tag "long".`);
    if (projects.has('typeorm-0.3') && !projects.has('typeorm-0.3-rest'))
      console.log('Left to npm run test:typeorm-0.3: on TypeORM 0.3, all but what calls TypeORM itself.');
  }
}
