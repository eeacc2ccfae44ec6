/** The package in a project of plain JavaScript, by `import` and by `require`, with either TypeORM. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Project, asItShouldBe } from './project';

describe.each(['1.1.1', '0.3.31'])('with TypeORM %s', (typeorm) => {
  let project: Project;
  beforeAll(async () => {
    project = await Project.install('modules', { dependencies: { typeorm } });
  });

  it('starts, syncs and restarts as an ES module, with the classes that `require` gives', async () => {
    expect(await project.outcome('node', ['main.mjs'])).toEqual(asItShouldBe(1));
  });

  it('starts, syncs and restarts when required, with the classes that `import()` gives', async () => {
    expect(await project.outcome('node', ['main.cjs'])).toEqual(asItShouldBe(1));
  });
});
