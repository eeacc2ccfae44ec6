/**
 * How many tokens of one connection are refreshed at a time: a few until its provider has answered, and one more after each
 * success. A provider that does not answer keeps no more than those few, and is left out after some failures in a row.
 */

import type { Sign } from './provider-sign';

const FIRST_LANES = 3;

/** With so many in a row, each refusal counting as one failure, the provider is left out. */
const MOST_FAILURES = 12;
const WEIGHTS: Readonly<Record<Sign, number>> = { success: 0, refusal: 1, failure: 4 };

export class ProviderLanes {
  private running = 0;
  private failures = 0;
  private lanes: number;
  private isLeftOut = false;

  /**
   * @param most lanes
   * @param isProbe whether it failed before: then one token is tried first, and with another failure none
   */
  constructor(
    private readonly most: number,
    private isProbe: boolean,
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
   * @returns whether the provider is left out from now on, and was not before
   */
  end(sign: Sign | null): boolean {
    this.running -= 1;
    if (sign === null) return false;
    const wasLeftOut = this.isLeftOut;
    this.failures = sign === 'success' ? 0 : this.failures + WEIGHTS[sign];
    if (sign === 'success') this.lanes = Math.min(this.lanes + 1, this.most);
    if (sign === 'failure') this.lanes = Math.max(Math.floor(this.lanes / 2), 1);
    if (sign !== 'success' && (this.isProbe || this.failures >= MOST_FAILURES)) this.isLeftOut = true;
    this.isProbe = false;
    return this.isLeftOut && !wasLeftOut;
  }
}
