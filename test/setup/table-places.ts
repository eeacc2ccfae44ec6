/** Under which names a DataSource of a host may have our tables and columns. */
import type { NamingStrategyInterface } from 'typeorm';
import { DefaultNamingStrategy } from 'typeorm';

class UpperCase extends DefaultNamingStrategy implements NamingStrategyInterface {
  override tableName(targetName: string, given?: string) {
    return `T_${given ?? targetName}`.toUpperCase();
  }
  override columnName(propertyName: string, customName: string) {
    return `C_${customName || propertyName}`.toUpperCase();
  }
  override indexName(...parameters: Parameters<DefaultNamingStrategy['indexName']>) {
    return `MINE_${super.indexName(...parameters)}`;
  }
}

/** Options of a DataSource, by what they say. */
export const places = {
  'as they are': {},
  'with a prefix': { entityPrefix: 'app_' },
  'with a naming strategy': { namingStrategy: new UpperCase() },
  'with a prefix and a naming strategy': { entityPrefix: 'app_', namingStrategy: new UpperCase() },
};
