/** What has no class of its own, and what both pages are laid out with. */
import { css } from './css';

export const baseStyle = css`
  *,
  ::before,
  ::after {
    box-sizing: border-box;
  }
  :root {
    color-scheme: var(--color-scheme);
    -webkit-text-size-adjust: 100%;
    text-size-adjust: 100%;
  }
  body {
    margin: 0;
    background: var(--background);
    color: var(--text);
    font: 1rem/1.5 var(--font);
    overflow-wrap: anywhere;
  }
  main {
    max-width: var(--width);
    margin: 0 auto;
    padding: clamp(1.25rem, 4vw, 3rem) clamp(1rem, 4vw, 2rem) 4rem;
  }
  h1,
  h2,
  h3,
  p,
  ul,
  dl,
  dd {
    margin: 0;
    padding: 0;
  }
  h1 {
    font-size: clamp(1.5rem, 1.2rem + 1.4vw, 2rem);
    line-height: 1.2;
    letter-spacing: -0.015em;
    text-wrap: balance;
  }
  h2 {
    font-size: 1.125rem;
    line-height: 1.3;
  }
  h3 {
    font-size: 1rem;
    line-height: 1.35;
  }
  ul {
    list-style: none;
  }
  a {
    color: var(--accent);
  }
  .back {
    display: inline-block;
    margin-bottom: 0.75rem;
    padding: 0.25rem 0;
  }
  section {
    margin-top: 2rem;
  }
  section > h2 {
    margin-bottom: 0.75rem;
  }
  .muted {
    color: var(--muted);
    font-size: 0.875rem;
  }
  .name {
    unicode-bidi: isolate;
  }
  :focus-visible {
    outline: 3px solid var(--accent);
    outline-offset: 2px;
  }
  [tabindex='-1']:focus {
    outline: none;
  }
  .empty {
    margin-top: 2rem;
    text-align: center;
    padding: 3rem 1.5rem;
    border-style: dashed;
  }
  .empty p {
    margin-top: 0.375rem;
    color: var(--muted);
  }
  .alone {
    max-width: 34rem;
    margin-top: clamp(0rem, 8vh, 5rem);
    padding: clamp(1.25rem, 5vw, 2rem);
  }
  .alone .card {
    padding: clamp(1.25rem, 5vw, 2rem);
  }
  .alone h1 + p {
    margin-top: 0.75rem;
  }
  .alone .state {
    margin-bottom: 0.5rem;
  }
  .alone .mark:only-child {
    width: 1.75rem;
    height: 1.75rem;
  }
  .alone .actions {
    margin-top: 1.5rem;
    gap: 0.5rem 1.25rem;
    align-items: center;
  }
  .alone .back {
    margin: 0;
  }
  dialog {
    width: min(26rem, calc(100vw - 2rem));
    padding: 1.5rem;
    border: 1px solid var(--border);
    border-radius: var(--radius);
    background: var(--surface);
    color: var(--text);
    box-shadow: 0 16px 48px #0004;
  }
  dialog::backdrop {
    background: #0007;
  }
  dialog p {
    margin-top: 0.5rem;
    color: var(--muted);
  }
  dialog .actions {
    margin-top: 1.25rem;
    justify-content: flex-end;
  }
`;
