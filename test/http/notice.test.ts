/** What the page says after a flow is what the list bears out, whatever its query says. */
import { beforeAll, describe, expect, it } from 'vitest';
import { HOUR_MS } from '../setup/connected';
import { HttpHost } from '../setup/http-host';
import type { Service } from '../setup/http-host';

describe('The notice of the page', () => {
  const routes = HttpHost.forTests('sqlite');
  let service: Service;
  beforeAll(() => {
    service = routes.service({ handler: { page: true } });
  });
  const shown = async (id: string, query: string) => {
    const response = await service.app(id, `/connections/ui?${query}`);
    return { status: response.status, text: await response.text() };
  };

  it('says that a connection is there only where it is', async () => {
    const { id } = await routes.host.user(service.connections, HOUR_MS);
    const words = 'Atlassian is connected.';
    expect((await shown(id, 'connection_success=atlassian')).text).toContain(words);
    expect((await shown(routes.newUser(), 'connection_success=atlassian')).text).not.toContain(words);
  });

  it('says in our words what went wrong, and never in those of the query', async () => {
    const { text } = await shown('ada', 'connection_error=atlassian&error=authorization_denied');
    expect(text).toContain('You did not allow access to Atlassian');
    const forged = await shown('ada', 'connection_error=atlassian&error=Call+0800+for+help');
    expect(forged.status).toBe(200);
    expect(forged.text).not.toContain('0800');
    const unknown = await shown('ada', 'connection_error=%3Cscript%3E&error=%3Cscript%3Ealert(1)');
    expect(unknown.text).not.toMatch(/<script>alert|&lt;script/);
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'is shown for a word that every object has, %s',
    async (word) => {
      expect((await shown('ada', `connection_error=atlassian&error=${word}`)).status).toBe(200);
      expect((await shown('ada', `connection_success=${word}`)).status).toBe(200);
    },
  );
});
