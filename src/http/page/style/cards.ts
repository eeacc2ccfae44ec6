/** The banners and the cards. */
import { css } from './css';

export const cardStyle = css`
  .note {
    margin-top: 1rem;
    display: flex;
    gap: 0.625rem;
    align-items: flex-start;
    padding: 0.75rem 1.25rem;
    border: 1px solid color-mix(in srgb, var(--tone) 40%, var(--surface));
    border-radius: var(--radius);
    background: color-mix(in srgb, var(--tone) 9%, var(--surface));
  }
  .note .mark {
    margin-top: 0.25rem;
  }
  .note h2 {
    font-size: 1rem;
    line-height: 1.5;
  }
  .note > div {
    min-width: 0;
    flex: 1;
    display: flex;
    flex-wrap: wrap;
    gap: 0 1.25rem;
  }
  .note ul {
    display: flex;
    flex-wrap: wrap;
    gap: 0 1.25rem;
  }
  .note a {
    display: inline-block;
  }
  .good {
    --tone: var(--good);
  }
  .attention {
    --tone: var(--attention);
  }
  .danger {
    --tone: var(--danger);
  }
  .pause,
  .none {
    --tone: var(--muted);
  }
  .card {
    background: var(--surface);
    border: 1px solid var(--border);
    border-radius: var(--radius);
    padding: 1rem 1.25rem;
    scroll-margin-top: 1rem;
  }
  .card:target {
    border-color: var(--accent);
    box-shadow: 0 0 0 1px var(--accent);
  }
  .cards {
    display: grid;
    gap: 0.75rem;
  }
  .offers {
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr));
  }
  .who {
    display: flex;
    gap: 0.875rem;
    min-width: 0;
  }
  .who > div {
    min-width: 0;
    flex: 1;
  }
  .who h3,
  .about {
    text-align: match-parent;
  }
  .about {
    display: -webkit-box;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 3;
    line-clamp: 3;
    overflow: hidden;
  }
  .icon {
    position: relative;
    flex: none;
    width: 2.75rem;
    height: 2.75rem;
    border-radius: 10px;
    overflow: hidden;
    display: grid;
    place-items: center;
    font-weight: 600;
    font-size: 1.125rem;
    background: light-dark(hsl(var(--hue) 65% 92%), hsl(var(--hue) 32% 25%));
    color: light-dark(hsl(var(--hue) 62% 28%), hsl(var(--hue) 75% 86%));
  }
  .icon img {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    padding: 0.375rem;
    object-fit: contain;
    background: #fff;
    border: 1px solid var(--border);
    border-radius: inherit;
  }
  .hue0 {
    --hue: 222;
  }
  .hue1 {
    --hue: 262;
  }
  .hue2 {
    --hue: 330;
  }
  .hue3 {
    --hue: 18;
  }
  .hue4 {
    --hue: 160;
  }
  .hue5 {
    --hue: 195;
  }
`;
