/** Which names of fields say that their value is a secret. */

const SECRET = /(?:secret|password|credentials?|private_?key|api_?key|access_?token|refresh_?token)$/i;

/**
 * Deletes the fields of a JSON value whose names look like secrets, however deep they are.
 * @param value changed in place
 * @returns how many were deleted
 */
export function deleteSecrets(value: unknown): number {
  const found: unknown[] = [value];
  let deleted = 0;
  for (const one of found) {
    if (typeof one !== 'object' || one === null) continue;
    for (const [name, inside] of Object.entries(one)) {
      if (Array.isArray(one) || !SECRET.test(name)) found.push(inside);
      else {
        Reflect.deleteProperty(one, name);
        deleted += 1;
      }
    }
  }
  return deleted;
}
