/** What kind of failure a database reported, told from the driver's own code and never from the class of the error. */

export type DatabaseFailure =
  | 'missing_table'
  | 'missing_column'
  | 'duplicate_key'
  | 'contended'
  | 'busy'
  | 'read_only'
  | 'denied'
  | 'other';

/** The driver's code and message, wherever TypeORM left them. */
export function driverError(error: unknown): { code: string; message: string } {
  const outer = error as { driverError?: unknown; code?: unknown; message?: unknown } | null;
  const inner = (outer?.driverError ?? outer) as { code?: unknown; message?: unknown } | null;
  return { code: String(inner?.code ?? ''), message: String(inner?.message ?? '') };
}
