/** A client that is registered already: it serves on where another is not to be had, and is kept for the tokens that it got. */
import { expect, it, vi } from 'vitest';
import { RegistrationTable } from '../../src/connections/registrations/table';
import { codeOf } from '../setup/code-of';
import { describeAnyEngine } from '../setup/database';
import { SERVER } from '../setup/mcp-world';
import { useRegisteredClients } from '../setup/registered-clients';
import { answer } from '../setup/site';

describeAnyEngine('An earlier client', (engine) => {
  const used = useRegisteredClients(engine);
  const { age, aside, asked, clientFor, world } = used;

  it.each([
    ['is out', 503, { scopes: ['files:write'] }, 'provider_unavailable'],
    ['refuses', 400, { scopes: ['files:write'] }, 'fine'],
    ['is out', 503, { newClient: true }, 'provider_unavailable'],
    ['refuses', 403, { newClient: true }, 'client_unregistered'],
  ])(
    'serves on where the server %s (%d) when another is wanted: `authorize` with %j says "%s"',
    async (_what, status, options, code) => {
      await world.connect(used.connections, 'ada');
      world.auth.pages.set('/register', answer(status));
      expect(await codeOf(world.begin(used.connections, 'eve', options))).toBe(code);
      expect([await clientFor(), await aside()]).toEqual(['registered-1', []]);
      await world.host.expire('ada');
      expect(await codeOf(used.connections.getAccessToken('ada', 'linear'))).toBe('fine');
    },
  );

  it.each<[string, object]>([
    ['more scopes', { scopes: ['files:write'] }],
    ['a new client', { newClient: true }],
  ])('serves on where no time is left for %s', async (_what, options) => {
    await clientFor();
    const server = world.server();
    const setAside = vi.spyOn(RegistrationTable.prototype, 'setAside');
    const passTime = () => vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 600_000);
    world.auth.pages.set(SERVER, (response) => {
      passTime();
      response.setHeader('content-type', 'application/json').end(JSON.stringify(server));
    });
    const failure = {
      code: 'provider_unavailable',
      message: expect.stringMatching(/^No time was left to register .* took too long/),
    };
    await expect(world.begin(world.connections(), 'eve', options)).rejects.toMatchObject(failure);
    expect(setAside).not.toHaveBeenCalled();
    vi.restoreAllMocks();
    world.auth.pages.set(SERVER, server);
    vi.spyOn(RegistrationTable.prototype, 'setAside').mockImplementationOnce(function (
      this: RegistrationTable,
      ...given
    ) {
      passTime();
      return this.setAside(...given);
    });
    await expect(world.begin(world.connections(), 'eve', options)).rejects.toMatchObject(failure);
    vi.restoreAllMocks();
    expect([await aside(), await clientFor(), asked().length]).toEqual([[], 'registered-1', 1]);
  });

  it('serves on where the server registers no more', async () => {
    await clientFor();
    world.auth.pages.set(SERVER, world.server({ registration_endpoint: undefined }));
    const after = world.connections();
    expect([await clientFor([], after), await clientFor(['files:write'], after)]).toEqual([
      'registered-1',
      'registered-1',
    ]);
    expect(await codeOf(world.begin(after, 'eve', { newClient: true }))).toBe('client_unregistered');
    await world.clients.deleteAll();
    expect(await codeOf(clientFor([], after))).toBe('client_unregistered');
  });

  it('is set aside with others, of which only the newest stay, and those that tokens name until they are gone', async () => {
    await world.connect(used.connections, 'ada');
    const another = async (scope: string) => {
      await world.host.forgetFlows();
      return clientFor([scope]);
    };
    for (let index = 2; index <= 24; index += 1) await another(`s${index}`);
    expect(await aside()).toHaveLength(23);
    await age('updatedAt', 604_801_000);
    await another('s25');
    expect(await aside()).toHaveLength(21);
    await world.host.expire('ada');
    await used.connections.getAccessToken('ada', 'linear');
    expect(world.tokenRequests.at(-1)).toMatchObject({ client_id: 'registered-1' });
    await used.connections.disconnect('ada', 'linear');
    await another('last');
    expect(await aside()).toHaveLength(2);
    await age('updatedAt', 601_000);
    await another('very-last');
    // The one that was set aside a moment ago: its flow may not be stored yet.
    expect(await aside()).toHaveLength(1);
  });
});
