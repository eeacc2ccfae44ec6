/** Every job, in the order in which they run: those that leave the table as it was come first. */
import { adoption } from './adoption';
import { callers } from './callers';
import { importing } from './importing';
import type { Job } from './job';
import { processes } from './processes';
import { refresh } from './refresh';
import { reencryption, renaming } from './rewriting';
import { sweep } from './sweep';
import { troubles } from './troubles';
import { users } from './users';

export const jobs: readonly Job[] = [
  refresh,
  processes,
  troubles,
  callers,
  users,
  reencryption,
  renaming,
  importing,
  sweep,
  adoption,
];

export const tasks = jobs.flatMap((job) => job.tasks);
