/** One account over random steps of its user, its provider, its API and the clock; after each, `list` must fit what was seen. */
import assert from 'node:assert/strict';
import { vi } from 'vitest';
import type { Connections, ConnectionsError } from '../../src';
import { isConnectionsError } from '../../src';
import type { ApiWorld } from './api-world';
import { answer } from './site';

const MINUTE_MS = 60_000;
const LIFE_S = 9000;

export type Step =
  | { readonly do: 'call' | 'getAccessToken' | 'rejectedToken' | 'refreshExpiring'; readonly by: 0 | 1 }
  | { readonly do: 'provider'; readonly is: 'well' | 'down' | 'refusing' | 'ended' }
  | { readonly do: 'api'; readonly is: 'well' | 'rejecting' | 'down' }
  | { readonly do: 'wait'; readonly minutes: number }
  | { readonly do: 'connect'; readonly withRefreshToken: boolean };

/** What the latest call has shown of an account. */
type Shown = 'nothing' | 'success' | 'refusal';

/** One account over the steps of a run. */
export class HealthRun {
  private tokens = 0;
  private grantIsAlive = true;
  private shown: Shown = 'nothing';
  private tookAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly world: ApiWorld,
    private readonly processes: readonly [Connections, Connections],
    private readonly userId: string,
  ) {}

  async all(steps: readonly Step[]): Promise<void> {
    this.provider('well');
    this.api('well');
    await this.connect(true);
    for (const one of steps) {
      await this.take(one);
      await this.check();
    }
  }

  private async take(one: Step): Promise<void> {
    switch (one.do) {
      case 'call':
        return this.note(this.call(this.processes[one.by]), 'success');
      case 'getAccessToken':
        return this.note(this.token(this.processes[one.by]), null);
      case 'rejectedToken':
        return this.note(this.reject(this.processes[one.by]), 'nothing');
      case 'refreshExpiring':
        await this.processes[one.by].refreshExpiring();
        if (this.shown === 'success') this.shown = 'nothing';
        return;
      case 'provider':
        return this.provider(one.is);
      case 'api':
        return this.api(one.is);
      case 'wait':
        return this.pass(one.minutes);
      default:
        return this.connect(one.withRefreshToken);
    }
  }

  /** What has succeeded may have come to its end meanwhile; what was refused has not come back. */
  private pass(minutes: number): void {
    vi.advanceTimersByTime(minutes * MINUTE_MS);
    if (this.shown === 'success') this.shown = 'nothing';
  }

  private async check(): Promise<void> {
    const [first, second] = await Promise.all(this.processes.map((one) => this.state(one)));
    assert.deepEqual(second, first);
    if (this.shown === 'success') assert.equal(first?.status, 'connected');
    if (this.shown === 'refusal') assert.notEqual(first?.status, 'connected');
  }

  private isOfApi(error: ConnectionsError): boolean {
    return error.code === 'token_refused' || error.reason === 'rejected';
  }

  /**
   * What a call came to, which `list` has to agree with.
   * @param success what one that is carried out shows; null where only an API could tell
   */
  private async note(work: Promise<unknown>, success: Shown | null): Promise<void> {
    try {
      const isShown = await work;
      if (success !== null && isShown !== false) this.shown = success;
      if (isShown === true) this.tookAt = performance.now();
      else if (this.shown === 'success') this.shown = 'nothing';
    } catch (error) {
      if (!isConnectionsError(error)) throw error;
      const state = await this.state(this.processes[0]);
      // An API that has taken the token a moment ago, and rejects it now, is written down a minute later.
      if (this.isOfApi(error) && performance.now() - this.tookAt < MINUTE_MS) {
        this.shown = 'nothing';
        return;
      }
      if (isConnectionsError(error, 'reauthorization_required')) {
        assert.deepEqual(state, { status: error.code, reason: error.reason });
      } else if (error.code === 'token_refused') {
        assert.equal(state?.status, 'token_refused');
      } else {
        assert.ok(['provider_unavailable', 'provider_refused'].includes(error.code), error.code);
        assert.equal(state?.status, 'provider_unavailable');
      }
      const isTerminal = isConnectionsError(error, 'reauthorization_required', 'token_refused');
      if (isTerminal) this.shown = 'refusal';
      else if (this.shown === 'success') this.shown = 'nothing';
    }
  }

  /** Without what only one process knows. */
  private async state(process: Connections) {
    const account = (await process.list(this.userId))[0]?.accounts[0];
    if (!account) return undefined;
    const { status } = account;
    if (status === 'provider_unavailable') return { status, since: account.since };
    return status === 'reauthorization_required' ? { status, reason: account.reason } : { status };
  }

  /** @returns whether the API took the token, as far as it says */
  private async call(process: Connections): Promise<boolean> {
    const response = await process.fetchFor(this.userId, 'atlassian')(this.world.url);
    await response.arrayBuffer();
    return response.ok;
  }

  private token(process: Connections) {
    return process.getAccessToken(this.userId, 'atlassian');
  }

  private async reject(process: Connections): Promise<void> {
    const { accessToken } = await this.token(process);
    await process.getAccessToken(this.userId, 'atlassian', { rejectedToken: accessToken });
  }

  private provider(is: 'well' | 'down' | 'refusing' | 'ended'): void {
    if (is === 'ended') this.grantIsAlive = false;
    this.world.other.pages.set('/token', (response, request) => {
      if (is === 'down') return answer(503)(response, request);
      if (is === 'refusing') return answer(401, { error: 'invalid_client' })(response, request);
      if (!this.grantIsAlive) return answer(400, { error: 'invalid_grant' })(response, request);
      return answer(200, { ...this.newTokens(), token_type: 'Bearer', expires_in: LIFE_S })(
        response,
        request,
      );
    });
  }

  private api(is: 'well' | 'rejecting' | 'down'): void {
    this.world.api.pages.set('/me', answer(is === 'well' ? 200 : is === 'down' ? 503 : 401));
  }

  private async connect(withRefreshToken: boolean): Promise<void> {
    this.grantIsAlive = true;
    const { access_token: accessToken, refresh_token } = this.newTokens();
    await this.processes[0].importTokens(
      this.userId,
      'atlassian',
      {
        accessToken,
        refreshToken: withRefreshToken ? refresh_token : null,
        expiresAt: new Date(Date.now() + LIFE_S * 1000),
      },
      { replaceSavedBefore: new Date(Date.now() + MINUTE_MS) },
    );
    this.shown = 'success';
  }

  private newTokens() {
    this.tokens += 1;
    // No API has seen these.
    this.shown = 'nothing';
    return { access_token: `at-${this.tokens}`, refresh_token: `rt-${this.tokens}` };
  }
}
