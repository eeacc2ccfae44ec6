/** What becomes of an attack: a result, or an error that has a code of ours. */
import { isConnectionsError } from '../../src';

/** The code of the error, or null for a result; any other error fails the test. */
export async function codeOf(work: Promise<unknown>): Promise<string | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (isConnectionsError(error)) return error.code;
    throw error;
  }
}
