/** MariaDB and MySQL. */
import type { Engine } from '../engine';
import { inHostTransaction } from '../transaction';
import { sentWithoutEscapes } from './client';
import { mysqlDialect } from './dialect';
import { mysqlFailure } from './failure';
import { mysqlSchema } from './schema-tools';
import { MysqlSession } from './session';

export const mysql: Engine = {
  label: 'MariaDB or MySQL',
  dialect: mysqlDialect,
  schema: mysqlSchema,
  failure: mysqlFailure,
  session: (dataSource, options) =>
    inHostTransaction(options, sentWithoutEscapes) ?? new MysqlSession(dataSource, options),
  apart: async (dataSource) => dataSource,
};
