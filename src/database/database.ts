/** A DataSource with its engine and a session: what code that reads and writes rows is given. */
import type { DataSource } from 'typeorm';
import type { Engine } from './engine';
import { engineOf } from './engines';
import type { Session, SessionOptions } from './session';

export interface Database {
  readonly dataSource: DataSource;
  readonly engine: Engine;
  readonly session: Session;
}

/**
 * @param dataSource one on which the host has no transaction open
 * @throws ConnectionsError `engine_unsupported`
 */
export function databaseOn(dataSource: DataSource, options: SessionOptions): Database {
  const engine = engineOf(dataSource);
  const session = engine.session(dataSource, options);
  return { dataSource, engine, session };
}
