/** Values that the compiler would refuse as a document, for tests of what happens to them at run time. */
import type { ConnectionsDocument } from '../../src';

export function broken(value: unknown): ConnectionsDocument {
  return value as ConnectionsDocument;
}
