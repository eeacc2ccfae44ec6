/** What somebody sees whose project lacks the driver, or has it without its compiled part. */
import { describe, expect, it } from 'vitest';
import { Project } from './project';

const driver = { 'better-sqlite3': '12.11.1' };

describe.each(['1.1.1', '0.3.31'])('with TypeORM %s', (typeorm) => {
  const startedWith = async (dependencies: Readonly<Record<string, string>>, type: string) => {
    const project = await Project.install('newcomer', {
      dependencies: { typeorm, ...dependencies },
      withBinary: false,
    });
    return project.outcome('node', ['main.mjs', type]);
  };

  it('is told to install the driver that is not there', async () => {
    expect(await startedWith({}, 'better-sqlite3')).toMatchObject({
      ours: true,
      code: 'driver_unusable',
      message: expect.stringMatching(/npm install better-sqlite3@12/),
    });
  });

  it('is told to build the driver whose install script did not run', async () => {
    expect(await startedWith(driver, 'better-sqlite3')).toMatchObject({
      ours: true,
      code: 'driver_unusable',
      message: expect.stringMatching(/npm rebuild better-sqlite3/),
    });
  });
});

it('is told of the driver that there is when TypeORM 1.x is given the type "sqlite"', async () => {
  const project = await Project.install('newcomer', { dependencies: driver, withBinary: false });
  expect(await project.outcome('node', ['main.mjs', 'sqlite'])).toMatchObject({
    ours: true,
    code: 'driver_unusable',
    message: expect.stringMatching(/better-sqlite3/),
  });
});
