/** Types of `exercise.cjs`, for the projects in TypeScript. */
import type { MetadataStore, MetadataStoreOptions } from 'mcp-connections';

export interface View {
  readonly mcp: typeof import('mcp-connections');
  readonly testing: typeof import('mcp-connections/testing');
  readonly typeorm: typeof import('typeorm');
}

export function exercise(
  here: View,
  others?: readonly View[],
  options?: {
    readonly Store?: new (options: MetadataStoreOptions) => MetadataStore;
    readonly database?: string;
  },
): Promise<object>;

export function asItShouldBe(views: number): object;
