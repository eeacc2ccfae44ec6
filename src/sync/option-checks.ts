/** What the options of a sync must be. */
import { authTypeList } from '../config/load';
import type { OptionChecks } from '../options';
import { anything, callback, flag, milliseconds, object, oneOf } from '../options';
import type { SyncPlanOptions } from './plan';
import type { SyncOptions } from './sync';

/** Of `planConnectionSync`; a wrong `source` has a code of its own. */
export const planChecks: OptionChecks<SyncPlanOptions> = {
  source: anything,
  onRemoved: oneOf('disable', 'keep', 'delete'),
  onChanged: oneOf('update', 'keep'),
  allowEmpty: flag,
};

/** Of `syncConnectionConfigs`. */
export const syncChecks: OptionChecks<SyncOptions> = {
  ...planChecks,
  environment: object,
  authTypes: authTypeList,
  lockTimeoutMs: milliseconds(),
  now: callback,
  newId: callback,
};
