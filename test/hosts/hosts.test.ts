/** Every framework in every scenario, over HTTP. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { frameworks } from './frameworks';
import { Running, scenarios } from './scenarios';
import { startProvider } from './service';

describe.each(frameworks.map((framework) => [framework.name, framework] as const))(
  '%s',
  (_name, framework) => {
    const cleanUps: (() => Promise<unknown>)[] = [];
    const atEnd = (cleanUp: () => Promise<unknown>) => void cleanUps.unshift(cleanUp);
    let running: Running;

    beforeAll(async () => {
      const { provider, settings } = await startProvider(atEnd, framework.prefix);
      running = new Running(framework, provider, await framework.start(settings, atEnd));
    }, 180_000);

    afterAll(async () => {
      for (const cleanUp of cleanUps) await cleanUp();
    });

    it.each(Object.entries(scenarios))('%s', async (_title, scenario) => {
      await scenario(running);
    });
  },
);
