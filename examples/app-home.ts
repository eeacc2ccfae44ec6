/** The page of the service of `app.ts`. */

const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`);

/** @param answer of the tool, or null before it is called */
export function home(answer: string | null): string {
  const shown = answer === null ? '' : `<p role="status">${escaped(answer)}</p>`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Example</title>
<style>
  :root { color-scheme: light dark }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 4rem auto; padding: 0 1rem }
</style>
<h1>Example</h1>
<p>You are signed in as Ada.</p>
<p><a href="/connections/ui">Your connections</a></p>
<p><a href="/notes">Read my notes</a>, by a tool of the MCP server that is called as you.</p>
${shown}
</html>
`;
}
