/**
 * Puts variables into one text: `${VAR}`, `${VAR:-default}`, and `$${VAR}` for a literal `${VAR}`.
 * Decides nothing about what is missing and never reads the process environment.
 */

/** Variables by name; one that is `undefined` is not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Interpolated {
  readonly text: string;
  /** Variables that are not set and have no default, each once, in the order met. */
  readonly missing: readonly string[];
}

/**
 * Pattern of one variable. A default ends at the first brace and cannot hold another `${`, which also keeps the search
 * linear.
 */
export const VARIABLE = String.raw`\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-((?:(?!\$\{)[^}])*))?\}`;
const EXPANSION = new RegExp(String.raw`(\$?)${VARIABLE}`, 'g');

/**
 * Expands each variable of a text once; what a variable gave is not looked at again.
 *
 * @param text any other `${` in it stays as it is
 * @param environment variables by name; an empty one counts as unset where a default is given, as in shells
 */
export function interpolate(text: string, environment: Environment): Interpolated {
  if (!text.includes('${')) {
    return { text, missing: [] };
  }
  const missing = new Set<string>();
  const expanded = text.replace(
    EXPANSION,
    (match: string, escape: string, name: string, fallback: string | undefined) => {
      if (escape !== '') {
        return match.slice(1);
      }
      const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
      if (fallback !== undefined && (value === undefined || value === '')) {
        return fallback;
      }
      if (value === undefined) {
        missing.add(name);
        return match;
      }
      return value;
    },
  );
  return { text: expanded, missing: [...missing] };
}
