/** Each case of a provider, under the entry that docs/providers.md has for it. */
import { parseConnections } from '../../../src/config/parse';
import type { SecretResolver } from '../../../src';
import { fetchOf, providerSections } from '../../setup/provider-docs';
import { useProviderHost } from '../../setup/provider-host';
import { capturedCases } from './captured';
import type { ProviderCase } from './case';
import { secretIn } from './case';
import { errorInSuccessCases } from './errors-in-success';
import { lifetimeCases } from './lifetimes';
import { offlineCases } from './offline';
import { requestCases } from './requests';

export const cases = [offlineCases, errorInSuccessCases, capturedCases, lifetimeCases, requestCases].flat();
export const sections = providerSections();

const secretOf: SecretResolver = (reference) =>
  secretIn(reference.kind === 'env' ? reference.name : reference.kind);

type Having<Key extends keyof ProviderCase> = ProviderCase & {
  readonly [K in Key]-?: NonNullable<ProviderCase[K]>;
};

/** The cases that say something of it, each with its name. */
export function having<Key extends keyof ProviderCase>(key: Key): [string, Having<Key>][] {
  return cases
    .filter((one): one is Having<Key> => (one[key] ?? null) !== null)
    .map((one) => [one.variant === undefined ? one.section : `${one.section}, ${one.variant}`, one]);
}

/** To be called once in a file, whose tests share the host. */
export function useDocumentedProviders() {
  const used = useProviderHost();

  /** The entry of a section, a user, and `Connections` that ask the endpoint. */
  async function begin({ section: title, environment = {} }: ProviderCase) {
    const section = sections.find((one) => one.title === title);
    if (!section) throw new Error(`no section ${title}`);
    const parsed = parseConnections(section.entry, { environment });
    const [name = ''] = parsed.connections.keys();
    const journey = used.newJourney(name);
    const options = {
      publicUrl: 'https://api.example.test',
      resolveSecret: secretOf,
      fetch: await fetchOf(section, journey.fetch),
    };
    return { parsed, journey, connections: used.host.connections(options, parsed) };
  }

  async function connected(provider: ProviderCase) {
    const begun = await begin(provider);
    used.endpoint.nextAnswer(200, provider.exchange.answer);
    await begun.journey.connect(begun.connections, provider.callback);
    begun.journey.sent.length = 0;
    return begun;
  }

  return { used, begin, connected };
}
