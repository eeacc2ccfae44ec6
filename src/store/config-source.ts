/** Tells a place to read the configuration from apart from the configuration itself. */
import type { ConfigSource } from '../config/load';

const KEYS: ReadonlySet<string> = new Set(['file', 'env', 'value']);

/** @param config `{ file }`, `{ env }` or `{ value }` is a source, undefined is the default variable, all else is the document */
export function configSource(config: unknown): ConfigSource {
  if (config === undefined) return {};
  if (typeof config === 'object' && config !== null) {
    const keys = Object.keys(config);
    if (keys.length === 1 && KEYS.has(String(keys[0]))) return config;
  }
  return { value: config };
}
