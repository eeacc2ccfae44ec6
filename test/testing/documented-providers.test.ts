/** The kit with documents of hosts as they are: each entry of docs/providers.md connects, refreshes, calls its API and disconnects. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { testConnections } from '../../src/testing';
import { capturedCases } from '../connections/provider-cases/captured';
import { errorInSuccessCases } from '../connections/provider-cases/errors-in-success';
import { lifetimeCases } from '../connections/provider-cases/lifetimes';
import { offlineCases } from '../connections/provider-cases/offline';
import { requestCases } from '../connections/provider-cases/requests';
import { providerSections } from '../setup/provider-docs';

const cases = [offlineCases, errorInSuccessCases, capturedCases, lifetimeCases, requestCases].flat();

describe('The kit with the entry of docs/providers.md for', () => {
  it.each(providerSections())('$title', async (section) => {
    const { environment = {} } = cases.find((one) => one.section === section.title) ?? {};
    const { connections, provider, close } = await testConnections({ config: section.entry, environment });
    onTestFinished(close);
    const [listed] = await connections.list('u1');
    const { name = '', url = '' } = listed ?? {};
    await provider.connect('u1', name);
    await provider.expire('u1', name);
    provider.api((_request, { userId }) => new Response(userId));
    const response = await connections.fetchFor('u1', name)(url);
    expect([await response.text(), provider.refreshes]).toEqual(['u1', 1]);
    await provider.expire('u1', name);
    provider.endGrant('u1', name);
    await expect(connections.getAccessToken('u1', name)).rejects.toMatchObject({
      code: 'reauthorization_required',
    });
    expect(await connections.disconnect('u1', name)).toMatchObject({ removed: true });
  });
});
