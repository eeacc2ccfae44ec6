/** The style sheet of both pages. */
import { accountStyle } from './accounts';
import { baseStyle } from './base';
import { buttonStyle } from './buttons';
import { cardStyle } from './cards';
import { conditionStyle } from './conditions';
import type { PageStyle } from './palette';
import { paletteStyle } from './palette';

/** @param own the properties that the host sets */
export function styleSheet(own: PageStyle): string {
  return paletteStyle(own) + baseStyle + cardStyle + accountStyle + buttonStyle + conditionStyle;
}
