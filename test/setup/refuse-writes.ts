/** Makes a database refuse to write the connection of one name, from inside, as a constraint of a host's own would. */
import type { DataSource } from 'typeorm';

export async function refuseWrites(dataSource: DataSource, name: string): Promise<void> {
  const { type } = dataSource.options;
  for (const event of ['INSERT', 'UPDATE']) {
    const trigger = `refuse_${event.toLowerCase()}`;
    if (type === 'postgres') {
      const { schema } = dataSource.options as { schema: string };
      await dataSource.query(
        `CREATE OR REPLACE FUNCTION "${schema}".refuse() RETURNS trigger LANGUAGE plpgsql AS ` +
          `$$ BEGIN IF NEW.name = '${name}' THEN RAISE EXCEPTION 'refused'; END IF; RETURN NEW; END $$`,
      );
      await dataSource.query(
        `CREATE TRIGGER ${trigger} BEFORE ${event} ON "${schema}".connection_configs FOR EACH ROW EXECUTE FUNCTION "${schema}".refuse()`,
      );
    } else if (type === 'mariadb') {
      await dataSource.query(
        `CREATE TRIGGER ${trigger} BEFORE ${event} ON connection_configs FOR EACH ROW ` +
          `IF NEW.name = '${name}' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refused'; END IF`,
      );
    } else {
      await dataSource.query(
        `CREATE TRIGGER ${trigger} BEFORE ${event} ON connection_configs WHEN NEW.name = '${name}' ` +
          `BEGIN SELECT RAISE(ABORT, 'refused'); END`,
      );
    }
  }
}

/** Whether it refuses them or not. */
export async function acceptWrites(dataSource: DataSource): Promise<void> {
  const table =
    dataSource.options.type === 'postgres' ? ` ON "${dataSource.options.schema}".connection_configs` : '';
  for (const event of ['insert', 'update'])
    await dataSource.query(`DROP TRIGGER IF EXISTS refuse_${event}${table}`);
}
