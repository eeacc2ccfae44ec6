declare module 'upng-js' {
  interface Picture {
    readonly width: number;
    readonly height: number;
  }
  const UPNG: {
    decode(file: ArrayBuffer): Picture;
    toRGBA8(picture: Picture): ArrayBuffer[];
    /** @param colours of the palette, 0 for no palette */
    encode(frames: ArrayBuffer[], width: number, height: number, colours: number): ArrayBuffer;
  };
  export default UPNG;
}
