/** A provider as a host writes it, and the options of a module for it. */
import { Injectable } from '@nestjs/common';
import { Connections, MetadataStore } from 'mcp-connections';
import type { ConnectionsModuleOptions } from 'mcp-connections/nestjs';
import { keys } from './provider';

export const config = {
  mcpServers: { github: { url: 'https://api.github.test/', auth_type: 'oauth2' } },
} as const;
export const options = { config, keys } satisfies ConnectionsModuleOptions;

/** Injected by the types of its parameters. */
@Injectable()
export class Names {
  constructor(
    private readonly connections: Connections,
    private readonly store: MetadataStore,
  ) {}

  async all(): Promise<unknown> {
    const listed = await this.connections.list('ada');
    return { listed: listed.map(({ name }) => name), isSynced: this.store.lastSync?.ok };
  }
}
