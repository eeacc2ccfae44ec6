/** Installs Nest 11 and Nest 12, each with the packed package and a copy of the tests beside it. Needs `npm run build` first. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { installPacked } from '../../scripts/packed-package';

const here = import.meta.dirname;
const projects = ['nest-11', 'nest-12'].map((major) => join(here, major));

installPacked(projects, { isInstalled: process.argv.includes('--installed') });
for (const project of projects) {
  rmSync(join(project, 'suite'), { recursive: true, force: true });
  cpSync(join(here, 'suite'), join(project, 'suite'), { recursive: true });
}
