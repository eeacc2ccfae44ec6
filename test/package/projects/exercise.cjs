/** What every project does with the package: start on a file, sync again, restart, and look for second copies. */
'use strict';
const { createHash, randomUUID } = require('node:crypto');
const { readFileSync } = require('node:fs');

const config = {
  mcpServers: {
    github: { url: 'https://mcp.example.test/', auth_type: 'oauth2', oauth_config: { client_id: 'id' } },
  },
};

/** What comes of it when all is well; `views` is how many other ways of loading it were compared. */
exports.asItShouldBe = (views) => ({
  created: ['github'],
  unchanged: ['github'],
  restarted: { created: [], unchanged: ['github'], wrote: false },
  entitiesKnown: true,
  typeormShared: true,
  views,
  different: [],
});

/**
 * @param here the package, its testing entry and TypeORM as the project has loaded them
 * @param others the same, loaded in other ways
 */
exports.exercise = async function exercise(here, others = [], options = {}) {
  const { Store = here.mcp.MetadataStore, database = `${randomUUID()}.sqlite` } = options;
  const open = () =>
    new Store({
      dataSource: { type: 'better-sqlite3', database },
      config,
      onSyncError: 'throw',
    }).initialize();

  const store = await open();
  const { created } = store.lastSync.report;
  const { unchanged } = await store.sync();
  await store.close();

  const before = digest(database);
  const again = await open();
  const restarted = {
    created: again.lastSync.report.created,
    unchanged: again.lastSync.report.unchanged,
    wrote: digest(database) !== before,
  };
  const inMemory = await here.testing.createTestDataSource();
  const views = [here, ...others];
  const entitiesKnown = views.every(({ mcp }) =>
    mcp.connectionEntities.every(
      (entity) => again.dataSource.hasMetadata(entity) && inMemory.hasMetadata(entity),
    ),
  );
  const typeormShared = views.every(
    ({ typeorm }) => again.dataSource instanceof typeorm.DataSource && inMemory instanceof typeorm.DataSource,
  );
  await inMemory.destroy();
  await again.close();
  const different = others.flatMap((other) => [
    ...differences(here.mcp, other.mcp),
    ...differences(here.testing, other.testing),
  ]);
  return { created, unchanged, restarted, entitiesKnown, typeormShared, views: others.length, different };
};

function digest(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** Names that are not in both, or do not mean the same. */
function differences(one, other) {
  const named = (module) => Object.keys(module).filter((name) => !OF_THE_LOADER.has(name));
  const names = new Set([...named(one), ...named(other)]);
  if (names.size === 0) return ['nothing is exported'];
  return [...names].filter((name) => one[name] !== other[name]);
}

const OF_THE_LOADER = new Set(['default', 'module.exports', '__esModule']);
