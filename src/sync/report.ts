/** The report of a sync, and its text lines. Neither contains a secret. */
import type { SkippedEntry } from '../config/definition';
import type { ParsedConnections } from '../config/parse';
import { type ConfigProblem, problemText } from '../config/problems';
import { quote } from '../errors';
import type { LogLevel } from '../logging';
import type { ConnectionChange, FieldChange, SyncConflict, SyncPlan, WithheldChange } from './plan';

/** The result of a sync, by name of the connection; it contains no secret. */
export interface SyncReport {
  /** Name of the source that was synced. */
  readonly source: string;
  /** False inside a transaction of the host, which still has to commit what was written. */
  readonly committed: boolean;
  /** Names of connections whose rows were inserted. */
  readonly created: readonly string[];
  /** Connections whose rows were overwritten, with each changed field. */
  readonly updated: readonly ConnectionChange[];
  /** Connections whose rows had no source (`managed_by` was NULL) and were adopted by this one. */
  readonly adopted: readonly ConnectionChange[];
  /** Names of connections whose rows already equalled their declarations. */
  readonly unchanged: readonly string[];
  /** Connections of this source that are no longer declared and whose rows were disabled or deleted. */
  readonly removed: readonly {
    /** Name of the connection. */
    readonly name: string;
    /** `disabled`: `removed_at` was set. `deleted`: the row was deleted. */
    readonly action: 'disabled' | 'deleted';
  }[];
  /** Rows that were not changed although they differ, then rows that were not removed although they are not declared. */
  readonly withheld: readonly WithheldChange[];
  /** Declared connections whose rows belong to another source and were not changed. */
  readonly conflicts: readonly SyncConflict[];
  /** Connections with an invalid declaration; their rows were not changed. */
  readonly rejected: readonly {
    /** Key of the entry in the document. */
    readonly name: string;
    /** The errors of the declaration; its warnings are in `problems` of the report. */
    readonly problems: readonly ConfigProblem[];
  }[];
  /** Entries that are not stored: local programs, and entries with another `auth_type` than those to keep. */
  readonly skipped: readonly SkippedEntry[];
  /** False when the document as a whole could not be read; nothing was changed then. */
  readonly readable: boolean;
  /** Every error and warning about the document, in document order. */
  readonly problems: readonly ConfigProblem[];
}

/** Builds the report of a plan that was applied or that changes nothing. */
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

/** Whether the report contains errors that a person has to correct. */
export function hasFaults(report: SyncReport): boolean {
  return !report.readable || report.rejected.length > 0 || report.conflicts.length > 0;
}

/**
 * Formats a report as log lines: one for each problem and for each connection that was changed or deliberately not
 * changed, and one with the totals. `MetadataStore` logs them itself.
 * @param report result of `syncConnectionConfigs`
 * @returns the lines, problems of the document first, totals last
 * @example
 * for (const { level, text } of reportLines(report)) logger[level](text);
 */
export function reportLines(report: SyncReport): {
  /** `error`: has to be corrected. `warn`: worth a look. `info`: a change that was made. `debug`: the totals. */
  readonly level: LogLevel;
  /** One line without secrets; names are quoted and escaped. */
  readonly text: string;
}[] {
  const lines: { level: LogLevel; text: string }[] = [];
  const say = (level: LogLevel, text: string) => lines.push({ level, text });
  const names = new Set(report.rejected.map(({ name }) => name));
  for (const { severity, path, message, connection } of report.problems) {
    if (severity === 'error' && connection !== null && names.has(connection)) continue;
    say(severity === 'error' ? 'error' : 'warn', problemText({ path, message }));
  }
  for (const { name, problems } of report.rejected) {
    const reasons = problems.map(problemText).join(' ');
    say('error', `The declaration of connection ${quote(name)} is invalid and was not synced. ${reasons}`);
  }
  for (const { name, managedBy } of report.conflicts) {
    say(
      'error',
      `Connection ${quote(name)} was not synced: its row belongs to the source ${quote(managedBy)}. Rename the connection, or ` +
        'set `managed_by` of that row to NULL so that the next sync adopts it.',
    );
  }
  for (const name of report.created) say('info', `Connection ${quote(name)} was created.`);
  for (const { name, changes } of report.adopted) {
    say('info', `Connection ${quote(name)} had no source and was adopted${listChanges(changes)}.`);
  }
  for (const { name, changes } of report.updated)
    say('info', `Connection ${quote(name)} was updated${listChanges(changes)}.`);
  for (const { name, action } of report.removed) {
    say('warn', `Connection ${quote(name)} is no longer declared: ${outcomes[action]}.`);
  }
  for (const { name, reason } of report.withheld) {
    say('warn', `Connection ${quote(name)} ${withheldText(reason, report.readable)}`);
  }
  const { created, updated, adopted, removed, unchanged } = report;
  const totals =
    `${created.length} created, ${updated.length} updated, ${adopted.length} adopted, ${removed.length} removed, ` +
    `${unchanged.length} unchanged`;
  say('debug', `Connections of the source ${quote(report.source)}: ${totals}.`);
  return lines;
}

const outcomes: Readonly<Record<SyncReport['removed'][number]['action'], string>> = {
  disabled: 'its row was disabled (`removed_at` was set)',
  deleted: 'its row was deleted',
};

function withheldText(reason: WithheldChange['reason'], readable: boolean): string {
  switch (reason) {
    case 'removed_rows_are_kept':
      return "is no longer declared: its row was kept, since `onRemoved` is 'keep'.";
    case 'changed_rows_are_kept':
      return "differs from its declaration: its row was kept, since `onChanged` is 'keep'.";
    default:
      return readable
        ? 'was not removed: the document declares no connection to store. To remove every row, set `allowEmpty: true`.'
        : 'was not removed: the document could not be read.';
  }
}

function listChanges(changes: readonly FieldChange[]): string {
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
