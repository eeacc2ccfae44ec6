/** Which engines a battery runs on, where the attack depends little on the engine. */
import { describe } from 'vitest';
import { describeEachEngine } from '../setup/database';
import { isFull } from './size';

/** Every engine; in the short form, SQLite. */
export const describeEngines: typeof describeEachEngine = isFull
  ? describeEachEngine
  : (title, tests) => describe(`${title} (sqlite)`, () => tests('sqlite'));
