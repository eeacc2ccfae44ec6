/** What a sync found and did, by name, and the lines a person reads about it. Never a secret. */
import type { ConfigProblem, SkippedEntry } from '../config/definition';
import type { ParsedConnections } from '../config/parsed-connections';
import { quote } from '../errors';
import type { LogLevel } from '../logging';
import type { ConnectionChange, FieldChange, SyncConflict, SyncPlan, WithheldChange } from './plan';

/** What a sync found and did; nothing in it is a secret. */
export interface SyncReport {
  /** Name of the declared source. */
  readonly source: string;
  /** False inside a transaction of the host: it decides about what was written. */
  readonly committed: boolean;
  /** Names that had no row and have one now. */
  readonly created: readonly string[];
  /** Rows that were overwritten, with each field that differed. */
  readonly updated: readonly ConnectionChange[];
  /** Rows that nobody owned and this source has taken over. */
  readonly adopted: readonly ConnectionChange[];
  /** Names whose rows were as declared and were not written. */
  readonly unchanged: readonly string[];
  /** Rows of this source that are no longer declared. */
  readonly removed: readonly {
    /** Key that the entry had in the document. */
    readonly name: string;
    /** `disabled`: the row got `removed_at`; `deleted`: it is gone. */
    readonly action: 'disabled' | 'deleted';
  }[];
  /** Rows that were left although they differ, then those that were left although they are not declared. */
  readonly withheld: readonly WithheldChange[];
  /** Names that another source owns; nothing of theirs was touched. */
  readonly conflicts: readonly SyncConflict[];
  /** Names whose declaration is invalid, and why; their rows stand as they were. */
  readonly rejected: readonly {
    /** Key of the entry in the document. */
    readonly name: string;
    /** The errors alone; its warnings are in `problems` of the report. */
    readonly problems: readonly ConfigProblem[];
  }[];
  /** Entries that are not connections to keep: local programs, and those of another `auth_type`. */
  readonly skipped: readonly SkippedEntry[];
  /** False when the configuration as a whole could not be understood; then nothing was changed. */
  readonly readable: boolean;
  /** Everything found in the configuration, warnings too, in its order. */
  readonly problems: readonly ConfigProblem[];
}

/** The report of a plan that was carried out, or that had nothing to do. */
export function syncReport(declared: ParsedConnections, plan: SyncPlan, committed: boolean): SyncReport {
  const change = ({ name, changes }: ConnectionChange): ConnectionChange => ({ name, changes });
  const otherAuth = [...declared.connections.values()]
    .filter(({ authType }) => !declared.authTypes.includes(authType))
    .map(({ name, authType }) => ({ name, reason: `auth_type is ${authType}` }));
  return {
    source: plan.source,
    committed,
    created: plan.create.map(({ name }) => name),
    updated: plan.update.map(change),
    adopted: plan.adopt.map(change),
    unchanged: plan.unchanged,
    removed: plan.remove.map(({ stored, action }) => ({ name: stored.name, action })),
    withheld: plan.withheld,
    conflicts: plan.conflicts,
    rejected: rejectedWithReasons(declared),
    skipped: [...declared.skipped, ...otherAuth],
    readable: declared.readable,
    problems: declared.problems,
  };
}

/** Whether something is wrong that a person should mend. */
export function hasFaults(report: SyncReport): boolean {
  return !report.readable || report.rejected.length > 0 || report.conflicts.length > 0;
}

/**
 * What a person should read about a sync: a line for each problem and for each connection that was changed, refused
 * or left, and one for the whole. A store logs these by itself.
 * @param report as `syncConnectionConfigs` gave it
 * @returns errors and warnings first, the count of everything last
 */
export function reportLines(report: SyncReport): {
  /** `error` needs mending, `warn` a look; `info` is what was done, `debug` the count. */
  readonly level: LogLevel;
  /** One line without a secret, names quoted and escaped. */
  readonly text: string;
}[] {
  const lines: { level: LogLevel; text: string }[] = [];
  const say = (level: LogLevel, text: string) => lines.push({ level, text });
  const names = new Set(report.rejected.map(({ name }) => name));
  for (const { severity, path, message, connection } of report.problems) {
    if (severity === 'error' && connection !== null && names.has(connection)) continue;
    say(severity === 'error' ? 'error' : 'warn', path === '' ? message : `${path}: ${message}`);
  }
  for (const { name, problems } of report.rejected) {
    const reasons = problems.map(({ path, message }) => `${path}: ${message}`).join(' ');
    say('error', `Connection ${quote(name)} is declared wrongly and was left as it is. ${reasons}`);
  }
  for (const { name, managedBy } of report.conflicts) {
    say(
      'error',
      `Connection ${quote(name)} belongs to the source ${quote(managedBy)} and was left as it is.`,
    );
  }
  for (const name of report.created) say('info', `Connection ${quote(name)} was created.`);
  for (const { name, changes } of report.adopted) {
    say('info', `Connection ${quote(name)} was taken over${listed(changes)}.`);
  }
  for (const { name, changes } of report.updated)
    say('info', `Connection ${quote(name)} was updated${listed(changes)}.`);
  for (const { name, action } of report.removed) {
    say('warn', `Connection ${quote(name)} is no longer declared and was ${action}.`);
  }
  for (const { name, reason } of report.withheld) {
    say('warn', `Connection ${quote(name)} was left as it is: ${reason.replaceAll('_', ' ')}.`);
  }
  const did = `${report.created.length} created, ${report.updated.length} updated, ${report.adopted.length} taken over, ${report.removed.length} removed, ${report.unchanged.length} unchanged`;
  say('debug', `Connections of the source ${quote(report.source)}: ${did}.`);
  return lines;
}

function listed(changes: readonly FieldChange[]): string {
  return changes.length === 0 ? '' : ` (${changes.map(({ field }) => field).join(', ')})`;
}

function rejectedWithReasons(declared: ParsedConnections): SyncReport['rejected'] {
  const reasons = new Map([...declared.rejected].map((name) => [name, [] as ConfigProblem[]]));
  for (const problem of declared.problems) {
    if (problem.connection !== null && problem.severity === 'error')
      reasons.get(problem.connection)?.push(problem);
  }
  return [...reasons].map(([name, problems]) => ({ name, problems }));
}
