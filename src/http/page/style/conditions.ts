/** What differs by the width of the window, and by what the user has asked of the system. */
import { css } from './css';

export const conditionStyle = css`
  @media (min-width: 48rem) {
    .mine .card {
      display: grid;
      grid-template-columns: minmax(0, 1fr) minmax(0, 1.7fr);
      gap: 1.5rem;
    }
    .mine .accounts {
      margin-top: 0;
    }
    .account {
      flex-wrap: nowrap;
    }
    .account .actions {
      flex: none;
      flex-wrap: nowrap;
    }
    .account > div:first-child {
      flex: 1;
    }
  }
  @media (max-width: 30rem) {
    .card {
      padding: 1rem;
    }
    .account .actions,
    .offers form {
      width: 100%;
    }
    .account form:not(:only-child) {
      flex: 1 1 7rem;
    }
    .account form:not(:only-child) button,
    .offers button {
      width: 100%;
    }
  }
  @media (prefers-reduced-motion: no-preference) {
    button {
      transition:
        background 0.12s,
        border-color 0.12s;
    }
    html {
      scroll-behavior: smooth;
    }
  }
  @media (forced-colors: active) {
    .note,
    .card,
    button,
    .icon {
      border: 1px solid;
    }
    .icon img {
      border: 0;
    }
    .mark {
      color: CanvasText;
    }
    button.main,
    button.risky,
    button.risky:hover {
      background: ButtonText;
      color: ButtonFace;
      forced-color-adjust: none;
    }
    .card:target {
      outline: 3px solid Highlight;
    }
  }
`;
