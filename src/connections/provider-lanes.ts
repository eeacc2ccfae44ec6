/**
 * How many tokens of one connection are refreshed at a time: a few until its provider has answered, and one more after each
 * success. A provider that does not answer keeps no more than those few, and is left out after some failures in a row, which
 * are counted from call to call. One that refuses tokens does answer: other tokens may have more luck.
 */

import type { Sign } from './provider-sign';

const FIRST_LANES = 3;

/** With so many in a row the provider is left out. */
const MOST_FAILURES = 3;

/** With so many in a row the rest of the call has no token for this provider: its declaration may be wrong. */
const MOST_REFUSALS = 100;

/** What outlives a call: one that asks about a single token would never count to three. */
export interface ProviderRecord {
  /** In a row. */
  failures: number;
}

export class ProviderLanes {
  private running = 0;
  private refusals = 0;
  private lanes: number;
  private isLeftOut = false;

  /**
   * @param most lanes
   * @param isProbe whether it was left out before: then one token is tried first, and after another failure none
   */
  constructor(
    private readonly most: number,
    private isProbe: boolean,
    private readonly record: ProviderRecord,
  ) {
    this.lanes = Math.min(isProbe ? 1 : FIRST_LANES, most);
  }

  get hasRoom(): boolean {
    return !this.isLeftOut && this.running < this.lanes;
  }

  begin(): void {
    this.running += 1;
  }

  /**
   * @param sign null where the provider was not asked
   * @returns whether the provider is to be left alone for a while, and was not before
   */
  end(sign: Sign | null): boolean {
    this.running -= 1;
    if (sign === null) return false;
    const { isProbe, isLeftOut: wasLeftOut } = this;
    this.isProbe = false;
    if (sign === 'success') {
      this.refusals = 0;
      this.record.failures = 0;
      this.lanes = Math.min(this.lanes + 1, this.most);
      return false;
    }
    if (sign === 'refusal') {
      this.refusals += 1;
      this.isLeftOut ||= this.refusals >= MOST_REFUSALS;
      return false;
    }
    this.record.failures += 1;
    this.lanes = Math.max(Math.floor(this.lanes / 2), 1);
    this.isLeftOut ||= isProbe || this.record.failures >= MOST_FAILURES;
    return this.isLeftOut && !wasLeftOut;
  }
}
