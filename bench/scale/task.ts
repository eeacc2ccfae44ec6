/** A part of a job that runs in a process of its own: which may be slow, is watched, and has its memory for itself. */
import type { DataSource } from 'typeorm';
import type { Connections, ConnectionsOptions } from 'mcp-connections';
import type { EngineName } from '../engines';
import type { Addresses } from './endpoint';
import type { KeyId } from './population';
import type { Raw } from './raw';

export interface HostOptions {
  readonly addresses: Addresses;
  /** Default `k1`. */
  readonly currentKey?: KeyId;
  /** Connections of the pool. */
  readonly poolSize?: number;
  readonly requestTimeoutMs?: ConnectionsOptions['requestTimeoutMs'];
}

/** A program with the package in it. */
interface Host {
  readonly connections: Connections;
  readonly dataSource: DataSource;
  /** How many statements it has sent. */
  readonly statements: () => number;
}

/** What a process has to work with; all of it is closed when the task is done. */
export interface World {
  readonly engine: EngineName;
  readonly openHost: (options: HostOptions) => Promise<Host>;
  /** Without tables and without the package in use. */
  readonly openDataSource: () => Promise<DataSource>;
  readonly openRaw: () => Promise<Raw>;
}

export interface Task<Given, Result> {
  readonly name: string;
  /**
   * Everything that is not measured.
   * @returns the work; it may last until `stopped` settles
   */
  prepare(world: World, given: Given): Promise<(stopped: Promise<void>) => Promise<Result>>;
}
