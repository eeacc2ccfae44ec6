import { describe, expect, it } from 'vitest';
import { registerClient } from '../../src/oauth/registration';

const register = (answer: unknown, status = 201) =>
  registerClient('https://auth.example.com/register?key=x', { name: 'Host' }, 'https://host.example/cb', {
    fetch: async () => new Response(typeof answer === 'string' ? answer : JSON.stringify(answer), { status }),
    timeoutMs: 5_000,
  });
const latest = Date.UTC(9999, 11, 31);
const client = { client_id: 'c', client_secret: 's' };

describe('A registration', () => {
  it('is read as the RFC has it', async () => {
    const answer = {
      ...client,
      client_secret_expires_at: 1_900_000_000,
      token_endpoint_auth_method: 'client_secret_post',
    };
    expect(await register(answer)).toEqual({
      clientId: 'c',
      clientSecret: 's',
      authMethod: 'client_secret_post',
      expiresAt: 1_900_000_000_000,
    });
  });

  it.each<[string, string, number | null]>([
    ['1e300', '1e300', latest],
    ['9e15', '9e15', latest],
    ['more than there are numbers', '1e999', latest],
    ['the last second that there is', '253402214400', latest],
    ['a negative number', '-1', null],
    ['a huge negative number', '-1e300', null],
    ['zero', '0', null],
    ['text', '"1900000000"', null],
    ['null', 'null', null],
    ['a list', '[1]', null],
  ])('whose secret expires at %s can be stored', async (_what, seconds, expiresAt) => {
    const registered = await register(
      `{"client_id":"c","client_secret":"s","client_secret_expires_at":${seconds}}`,
    );
    expect(registered.expiresAt).toBe(expiresAt);
    expect(new Date(registered.expiresAt ?? 0).toISOString()).toHaveLength(24);
  });

  it.each<[string, unknown, string | null]>([
    ['absent', undefined, null],
    ['255 characters long', 'x'.repeat(255), 'x'.repeat(255)],
    ['256 characters long', 'x'.repeat(256), null],
    ['a number', 7, null],
  ])('whose authentication method is %s is read', async (_what, token_endpoint_auth_method, authMethod) => {
    expect(await register({ ...client, token_endpoint_auth_method })).toMatchObject({ authMethod });
  });

  it('may have a client id of 2,048 characters and a secret of 4,096', async () => {
    const answer = { client_id: 'c'.repeat(2_048), client_secret: 's'.repeat(4_096) };
    expect(await register(answer)).toMatchObject({
      clientId: answer.client_id,
      clientSecret: answer.client_secret,
    });
  });

  it.each<[string, object]>([
    ['client_id', { ...client, client_id: 'c'.repeat(2_049) }],
    ['client_id', { ...client, client_id: 'c\r\nx' }],
    ['client_id', { ...client, client_id: 'é' }],
    ['client_secret', { ...client, client_secret: 's'.repeat(4_097) }],
    ['client_secret', { ...client, client_secret: 'marked\u0000' }],
    ['client_secret', { ...client, client_secret: 'marked-ü' }],
  ])('is refused for its %s (%#), and says which and what to do', async (field, answer) => {
    await expect(register(answer)).rejects.toMatchObject({
      code: 'client_unregistered',
      message: expect.stringMatching(
        new RegExp(
          `^(?!.*marked).*\`${field}\` is longer.*Register a client .*"https://host.example/cb" .* by hand`,
        ),
      ),
    });
  });

  it.each<[string, unknown, number, RegExp]>([
    ['no client id', {}, 201, /registered a client without a `client_id`/],
    ['an empty client id', { client_id: '' }, 201, /without a `client_id`/],
    ['a client id that is no text', { client_id: 7 }, 201, /without a `client_id`/],
    ['a list', [], 200, /without a `client_id`/],
    ['null', 'null', 200, /without a `client_id`/],
    ['HTML', '<html>', 200, /without a `client_id`/],
    ['a refusal', { error: 'invalid_redirect_uri' }, 400, /refused .* \(status 400, invalid_redirect_uri\)/],
    ['a refusal in words of its own', { error: '<b>marked' }, 403, /^(?!.*marked).*\(status 403\)/],
  ])('with %s is refused', async (_what, answer, status, message) => {
    await expect(register(answer, status)).rejects.toMatchObject({
      code: 'client_unregistered',
      message: expect.stringMatching(message),
    });
  });
});
