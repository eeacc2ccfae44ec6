/** PostgreSQL. */
import type { Engine } from '../engine';
import { inHostTransaction } from '../transaction';
import { postgresDialect } from './dialect';
import { postgresFailure } from './failure';
import { postgresSchema } from './schema-tools';
import { PostgresSession } from './session';

export const postgres: Engine = {
  label: 'PostgreSQL',
  dialect: postgresDialect,
  schema: postgresSchema,
  failure: postgresFailure,
  session: (dataSource, options) => inHostTransaction(options) ?? new PostgresSession(dataSource, options),
  apart: async (dataSource) => dataSource,
};
