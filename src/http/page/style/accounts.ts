/** An account within its card, with its state. */
import { css } from './css';

export const accountStyle = css`
  .state {
    display: flex;
    gap: 0.4375rem;
    align-items: center;
    font-weight: 600;
    font-size: 0.9375rem;
    color: var(--tone);
  }
  .mark {
    flex: none;
    width: 1rem;
    height: 1rem;
    color: var(--tone);
    fill: currentColor;
  }
  .none.state {
    font-weight: 400;
    font-size: 0.875rem;
    margin-top: 0.375rem;
  }
  .none .mark {
    width: 0.8125rem;
    height: 0.8125rem;
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    gap: 0 0.75rem;
    align-items: baseline;
  }
  .head .state {
    align-self: center;
  }
  .shapes {
    position: absolute;
    width: 0;
    height: 0;
  }
  .accounts {
    display: grid;
    gap: 1rem;
    margin-top: 1rem;
  }
  .account {
    display: flex;
    flex-wrap: wrap;
    gap: 0.75rem 1rem;
    align-items: flex-start;
    justify-content: space-between;
  }
  .account + .account {
    border-top: 1px solid var(--border);
    padding-top: 1rem;
  }
  .account > div:first-child {
    flex: 1 1 14rem;
    min-width: 0;
  }
  .called {
    font-weight: 600;
  }
  details {
    margin-top: 0.375rem;
  }
  summary {
    cursor: pointer;
    width: fit-content;
    color: var(--muted);
    font-size: 0.875rem;
    padding: 0.125rem 0;
    border-radius: 4px;
  }
  dl {
    margin-top: 0.375rem;
    display: grid;
    gap: 0.375rem;
    font-size: 0.875rem;
  }
  dt {
    color: var(--muted);
  }
  .scopes {
    display: flex;
    flex-wrap: wrap;
    gap: 0.25rem;
  }
  code {
    font:
      0.8125rem/1.4 ui-monospace,
      monospace;
    padding: 0.0625rem 0.375rem;
    border: 1px solid var(--border);
    border-radius: 6px;
    background: var(--background);
    display: inline-block;
    unicode-bidi: isolate;
  }
`;
