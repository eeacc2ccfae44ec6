/** Bodies: those that nobody asked for, have no end, or fail on their way. */
import { beforeAll, describe, expect, it } from 'vitest';
import { bearerOf, HttpHost, SERVICE } from '../setup/http-host';
import type { Service } from '../setup/http-host';

const OWN = { 'sec-fetch-site': 'same-origin' };

describe('A request', () => {
  const routes = HttpHost.forTests('sqlite');
  let service: Service;
  beforeAll(() => {
    service = routes.service();
  });

  it('to delete with a body and a type of any kind is understood', async () => {
    for (const body of [undefined, '', '{', 'x'.repeat(100_000)]) {
      const response = await service.app('ada', '/connections/atlassian', 'DELETE', body);
      expect(response.status).toBe(200);
    }
  });

  it.each(['connect', 'disconnect', 'complete'])(
    'to %s with a body without an end is refused',
    async (route) => {
      let sent = 0;
      const endless = new ReadableStream({
        pull(controller) {
          sent += 1;
          controller.enqueue(new TextEncoder().encode('a'.repeat(16_384)));
        },
      });
      const headers = { ...bearerOf('ada'), ...OWN, 'content-type': 'application/x-www-form-urlencoded' };
      const request = new Request(`${SERVICE}/connections/atlassian/${route}`, {
        method: 'POST',
        headers,
        body: endless,
        duplex: 'half',
      });
      expect((await service.serve(request)).status).toBe(413);
      expect(sent).toBeLessThan(1_000);
    },
  );

  it('with a form whose body fails on its way is answered', async () => {
    const failing = new ReadableStream({
      pull(controller) {
        controller.error(new Error('the client has gone away'));
      },
    });
    const headers = { ...bearerOf('ada'), ...OWN, 'content-type': 'application/x-www-form-urlencoded' };
    const request = new Request(`${SERVICE}/connections/atlassian/connect`, {
      method: 'POST',
      headers,
      body: failing,
      duplex: 'half',
    });
    const outcome = await service.serve(request).then(
      ({ status }) => status,
      () => 'thrown',
    );
    expect(outcome === 'thrown' || (outcome as number) >= 400).toBe(true);
  });
});
