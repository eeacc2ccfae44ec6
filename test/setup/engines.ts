/** Finds out, once a run, which engines can be tested here. SQLite always can; a server that does not answer is left out. */
import type { TestProject } from 'vitest/node';
import { availableEngines } from './available-engines';
import { mariadbUrl, postgresUrl } from './servers';

declare module 'vitest' {
  export interface ProvidedContext {
    engines: readonly string[];
  }
}

export default async function setup(project: TestProject): Promise<void> {
  const { engines, leftOut } = await availableEngines();
  process.env['ENGINES_RUN'] = engines.join(', ');
  process.env['ENGINES_LEFT_OUT'] = leftOut.join(', ');
  if (leftOut.length > 0 && process.env['REQUIRE_ALL_ENGINES'] === '1') {
    throw new Error(
      `REQUIRE_ALL_ENGINES is set and these do not answer: ${leftOut.join(', ')}. ` +
        `Start them, or point TEST_POSTGRES_URL (now ${postgresUrl}) and TEST_MARIADB_URL (now ${mariadbUrl}) at them.`,
    );
  }
  project.provide('engines', engines);
}
