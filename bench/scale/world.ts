/** What the process of a task has to work with. */
import { setTimeout } from 'node:timers/promises';
import { Connections, connectionEntities, connectionRegistry } from 'mcp-connections';
import type { DataSourceOptions, Logger } from 'typeorm';
import { DataSource } from 'typeorm';
import type { EngineName } from '../engines';
import { declarationOf } from '../tokens/declared';
import { CONNECTION } from '../tokens/users';
import type { Addresses } from './endpoint';
import type { Closing } from './closing';
import { RENAMED, cipherOf } from './population';
import { openRaw } from './raw';
import type { World } from './task';

/** Where the tables are. */
export interface Site {
  readonly engine: EngineName;
  readonly address: string;
  readonly options: DataSourceOptions;
}

/** Connections whose provider is not there, and whose provider never answers. */
export const REFUSED = 'refused';
export const SILENT = 'silent';
/** What connections are named after they were renamed. */
export const RENAMED_TO = 'linear-2';

/** A host that is done ends its own connections; a pool that is busy has a moment to become idle. */
const IDLE_MS = 20;

export function makeWorld({ engine, address, options }: Site, closing: Closing): World {
  const openDataSource = async (more: object = {}) => {
    const dataSource = new DataSource({ ...options, ...more, entities: [...connectionEntities] });
    await dataSource.initialize();
    closing.add(async () => {
      await setTimeout(IDLE_MS);
      await dataSource.destroy();
    });
    return dataSource;
  };
  return {
    engine,
    openDataSource: () => openDataSource(),
    async openHost({ addresses, currentKey = 'k1', poolSize, requestTimeoutMs }) {
      let sent = 0;
      const logger = countingLogger(() => void (sent += 1));
      const dataSource = await openDataSource({ logger, poolSize });
      const connections = new Connections(
        { dataSource, registry: connectionRegistry(documentOf(addresses)) },
        {
          cipher: cipherOf(currentKey),
          publicUrl: 'https://api.example.test',
          requestTimeoutMs,
          logger: quiet,
        },
      );
      closing.add(() => connections.close());
      // Opened now, and not in the time that is measured.
      await connections.list('nobody');
      return { connections, dataSource, statements: () => sent };
    },
    async openRaw() {
      const raw = await openRaw[engine](address);
      closing.add(() => raw.close());
      return raw;
    },
  };
}

function documentOf({ token, silent, refused }: Addresses) {
  return {
    mcpServers: {
      [CONNECTION]: declarationOf(token),
      [RENAMED]: declarationOf(token),
      [RENAMED_TO]: declarationOf(token),
      [REFUSED]: declarationOf(refused),
      [SILENT]: declarationOf(silent),
    },
  };
}

const ignore = () => undefined;

/** Thousands of failures are meant to happen. */
export const quiet = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function countingLogger(count: () => void): Logger {
  return {
    logQuery: count,
    logQueryError: ignore,
    logQuerySlow: ignore,
    logSchemaBuild: ignore,
    logMigration: ignore,
    log: ignore,
  };
}
