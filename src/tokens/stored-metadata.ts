/**
 * What stands in the column `provider_metadata`. Another program may have written anything there: what is no JSON object
 * counts as absent, since nothing that only accompanies tokens may keep them from being saved or listed.
 */
import type { JsonObject } from '../config/definition';
import { isPlainObject } from '../config/json';

/** A copy of its own, which may be changed; null for an absent one. */
export function storedMetadata(text: string | null): JsonObject | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isPlainObject(value) ? (value as JsonObject) : null;
  } catch {
    return null;
  }
}
