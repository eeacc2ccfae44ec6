/**
 * Lets MySQL 5.6 create tables as MySQL 5.7.9 and later do: rows of the format DYNAMIC, so that an index may have 3,072
 * bytes, and JSON columns, here as text. Loaded with `--require` before a test or a child process asks for mysql2.
 */
'use strict';

const { Connection } = require('mysql2');

const CREATE_TABLE = /(?<!\bSHOW\s+)\bCREATE\s+TABLE\b[^;]*/gi;

const asLater = (sql) =>
  sql.replace(CREATE_TABLE, (statement) => {
    if (/\bROW_FORMAT\b|\bLIKE\b|\bSELECT\b/i.test(statement)) return statement;
    return `${statement.replace(/\bjson\b/gi, 'LONGTEXT').trimEnd()} ROW_FORMAT=DYNAMIC`;
  });

for (const method of ['query', 'execute']) {
  const send = Connection.prototype[method];
  Connection.prototype[method] = function sendAsLater(sent, ...rest) {
    const given = typeof sent === 'string' ? asLater(sent) : sent;
    if (typeof given?.sql === 'string') given.sql = asLater(given.sql);
    return send.call(this, given, ...rest);
  };
}
