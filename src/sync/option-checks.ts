/** What the options of a sync must be. */
import type { AuthType } from '../config/definition';
import type { Check, OptionChecks } from '../options';
import { anything, callback, flag, milliseconds, object, oneOf } from '../options';
import type { SyncOptions } from './sync';

const AUTH_TYPES: Readonly<Record<AuthType, true>> = {
  oauth2: true,
  bond_jwt: true,
  static: true,
  none: true,
};

const authTypes: Check = (value) => {
  const isKnown = (one: unknown) => typeof one === 'string' && Object.hasOwn(AUTH_TYPES, one);
  if (Array.isArray(value) && value.every(isKnown)) return undefined;
  const known = Object.keys(AUTH_TYPES).map((authType) => `'${authType}'`);
  return `a list of auth types (${known.join(', ')})`;
};

/** Of `syncConnectionConfigs`; a wrong `source` has a code of its own. */
export const syncChecks: OptionChecks<SyncOptions> = {
  source: anything,
  onRemoved: oneOf('disable', 'keep', 'delete'),
  onChanged: oneOf('update', 'keep'),
  allowEmpty: flag,
  environment: object,
  authTypes,
  lockTimeoutMs: milliseconds(),
  now: callback,
  newId: callback,
};
