/** Every scenario, in the order of the table. */
import type { Scenario } from '../context';
import { cutDuringStart, cutDuringSync } from './cut';
import { deletedRow } from './deleted-row';
import { diskFull } from './disk-full';
import { eightAtOnce } from './eight-at-once';
import { fileLocked } from './file-locked';
import { fuzzedConfiguration } from './fuzzing';
import { killedAtEveryStep, killedAtRandom } from './killed';
import { killedAtRefresh } from './killed-refresh';
import { newerRelease } from './newer-release';
import { noPlaceForFile } from './no-place';
import { oneRefresh } from './one-refresh';
import { readOnly } from './read-only';
import { roleWithoutDdl } from './role-without-ddl';
import { rotatedKeys } from './rotated-keys';
import { stalledOwner } from './stalled-owner';
import { tableLocked } from './table-locked';
import { threeUsers } from './three-users';
import { timeZones } from './time-zones';

const servers = ['postgres', 'mariadb'] as const;
const file = ['sqlite'] as const;

export const scenarios: readonly Scenario[] = [
  { name: 'eight processes at once', run: eightAtOnce },
  { name: 'killed at every step', run: killedAtEveryStep },
  { name: 'killed at random', run: killedAtRandom },
  { name: 'cut at every statement of a start', engines: servers, run: cutDuringStart },
  { name: 'cut at every statement of a sync', engines: servers, run: cutDuringSync },
  { name: 'read-only database', run: readOnly },
  { name: 'disk full', engines: file, run: diskFull },
  { name: 'file locked', engines: file, run: fileLocked },
  { name: 'no place for the file', engines: file, run: noPlaceForFile },
  { name: 'table locked', engines: servers, run: tableLocked },
  { name: 'role without DDL rights', engines: servers, run: roleWithoutDdl },
  { name: 'newer release', run: newerRelease },
  { name: 'time zones', run: timeZones },
  { name: 'three users', run: threeUsers },
  { name: 'one refresh for eight processes', run: oneRefresh },
  { name: 'stalled past its lease', run: stalledOwner },
  { name: 'killed at every refresh step', run: killedAtRefresh },
  { name: 'keys rotated in two phases', run: rotatedKeys },
  { name: 'row deleted during a refresh', run: deletedRow },
  { name: 'fuzzed configuration', engines: file, withoutDatabase: true, run: fuzzedConfiguration },
];
