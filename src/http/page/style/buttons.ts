/** The forms and their buttons. */
import { css } from './css';

export const buttonStyle = css`
  form {
    margin: 0;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem;
  }
  button {
    font: inherit;
    font-size: 0.9375rem;
    font-weight: 500;
    line-height: 1.25;
    min-height: 2.5rem;
    padding: 0.5rem 1rem;
    border-radius: 8px;
    border: 1px solid color-mix(in srgb, var(--text) 24%, var(--surface));
    background: var(--surface);
    color: var(--text);
    cursor: pointer;
  }
  button:hover {
    border-color: var(--muted);
    background: var(--background);
  }
  button.main {
    font-weight: 600;
    background: var(--accent);
    border-color: var(--accent);
    color: var(--accent-text);
  }
  button.main:hover {
    background: color-mix(in srgb, var(--accent) 88%, var(--text));
  }
  button.risky,
  button.risky:hover {
    background: var(--danger);
    border-color: var(--danger);
    color: var(--surface);
  }
  button[aria-disabled='true'] {
    opacity: 0.6;
    cursor: progress;
  }
  .offers .card {
    display: flex;
    flex-wrap: wrap;
    gap: 0.875rem 1rem;
    align-items: flex-start;
    justify-content: space-between;
  }
  .offers .who {
    flex: 1 1 12rem;
  }
`;
