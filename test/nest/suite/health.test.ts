/** The health indicator, asked by `@nestjs/terminus`. */
import { Controller, Get } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { MetadataStore } from 'mcp-connections';
import { ConnectionsHealthIndicator, ConnectionsModule } from 'mcp-connections/nestjs';
import { describe, expect, it } from 'vitest';
import { database, listening, platforms } from './application';
import { keys } from './provider';

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly connections: ConnectionsHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  async check() {
    return this.health.check([() => this.connections.isHealthy()]);
  }
}

const github = { url: 'https://api.github.test/', auth_type: 'oauth2' } as const;

async function healthOf(config: string, platform = platforms[0], change?: (store: MetadataStore) => unknown) {
  const imports = [TerminusModule, database(), ConnectionsModule.forRoot({ config, keys })];
  const { application, origin } = await listening({ imports, controllers: [HealthController] }, platform);
  await change?.(application.get(MetadataStore, { strict: false }));
  const answer = await fetch(`${origin}/health`);
  const { details } = (await answer.json()) as { details: object };
  return [answer.status, details];
}

describe('the health indicator', () => {
  it.each(platforms)('is up on %s when the document was synced', async (platform) => {
    const config = JSON.stringify({ mcpServers: { github } });
    expect(await healthOf(config, platform)).toEqual([200, { connections: { status: 'up' } }]);
  });

  it('stays up with entries that were rejected, and names them', async () => {
    const config = JSON.stringify({ mcpServers: { github, wrong: { url: 'nowhere', auth_type: 'oauth2' } } });
    expect(await healthOf(config)).toEqual([200, { connections: { status: 'up', rejected: ['wrong'] } }]);
  });

  it.each(platforms)('is down on %s when the document cannot be read', async (platform) => {
    const message = 'The document could not be read; the log says why.';
    expect(await healthOf('{', platform)).toEqual([503, { connections: { status: 'down', message } }]);
  });

  it('is down with the code of the error when the latest sync failed', async () => {
    const config = JSON.stringify({ mcpServers: { github } });
    const change = async (store: MetadataStore) => {
      await store.dataSource.query('DROP TABLE connection_configs');
      await store.sync().catch(() => undefined);
    };
    const health = { status: 'down', code: 'tables_missing' };
    expect(await healthOf(config, 'express', change)).toMatchObject([503, { connections: health }]);
  });

  it('is down while the DataSource is closed', async () => {
    const config = JSON.stringify({ mcpServers: { github } });
    const health = await healthOf(config, 'express', ({ dataSource }) => dataSource.destroy());
    expect(health).toMatchObject([
      503,
      { connections: { status: 'down', message: 'The DataSource is closed.' } },
    ]);
  });
});
