/** The CSS custom properties of the pages, which a host may set: their values in light and in dark. */

/**
 * CSS custom properties of the pages. A colour may be any CSS colour; `light-dark(#1d4ed8, #93c5fd)` has one for each scheme, another
 * is the same in both.
 */
export interface PageStyle {
  /** `light` or `dark` for pages that do not follow the system; default `light dark`. */
  readonly '--color-scheme'?: string | undefined;
  /** Colour behind everything. */
  readonly '--background'?: string | undefined;
  /** Colour of cards. */
  readonly '--surface'?: string | undefined;
  /** Colour of what is written. */
  readonly '--text'?: string | undefined;
  /** Colour of what is said besides. */
  readonly '--muted'?: string | undefined;
  /** Colour of the edges of cards, and between accounts. */
  readonly '--border'?: string | undefined;
  /** Colour of the main buttons, of links and of the focus. */
  readonly '--accent'?: string | undefined;
  /** Colour of the labels of the main buttons. */
  readonly '--accent-text'?: string | undefined;
  /** Colour of what works. */
  readonly '--good'?: string | undefined;
  /** Colour of what the user should look at. */
  readonly '--attention'?: string | undefined;
  /** Colour of what has failed, and of the last step before an account is disconnected. */
  readonly '--danger'?: string | undefined;
  /** Radius of the corners of cards; default `12px`. */
  readonly '--radius'?: string | undefined;
  /** Width of the content at most; default `62rem`. */
  readonly '--width'?: string | undefined;
  /** Family of fonts; default `system-ui, sans-serif`. No font is loaded. */
  readonly '--font'?: string | undefined;
}

/** A light and a dark colour, or one value for both. */
const DEFAULTS: Readonly<Record<keyof PageStyle, string | readonly [light: string, dark: string]>> = {
  '--color-scheme': 'light dark',
  '--background': ['#f5f6f8', '#101216'],
  '--surface': ['#ffffff', '#191c22'],
  '--text': ['#16181d', '#eceef2'],
  '--muted': ['#5b6170', '#a3aab9'],
  '--border': ['#dfe2e9', '#2d323c'],
  '--accent': ['#3d4fd1', '#9aa8ff'],
  '--accent-text': ['#ffffff', '#10121a'],
  '--good': ['#187a4c', '#4fc78c'],
  '--attention': ['#955600', '#f2b450'],
  '--danger': ['#b92a2e', '#ff9490'],
  '--radius': '12px',
  '--width': '62rem',
  '--font': 'system-ui, sans-serif',
};

/** The names of all of them. */
export const pageProperties: readonly string[] = Object.keys(DEFAULTS);

/**
 * The style sheet of the properties.
 * @param own what the host sets, over the defaults
 */
export function paletteStyle(own: PageStyle): string {
  const both = rule(([, value]) => (typeof value === 'string' ? value : `light-dark(${value.join(',')})`));
  // Browsers from before 2024 do not know `light-dark`.
  const light = rule(([, value]) => (typeof value === 'string' ? undefined : value[0]));
  const set = rule(([name]) => own[name]);
  return `${both}@supports not (color:light-dark(#000,#fff)){${light}}${set}`;
}

type Property = readonly [name: keyof PageStyle, value: (typeof DEFAULTS)[keyof PageStyle]];

function rule(valueOf: (property: Property) => string | undefined): string {
  const lines = (Object.entries(DEFAULTS) as Property[]).map((property) => {
    const value = valueOf(property);
    return value === undefined ? '' : `${property[0]}:${value};`;
  });
  return `:root{${lines.join('')}}`;
}
