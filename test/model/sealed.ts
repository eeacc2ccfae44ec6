/** Ciphertexts of the model: each says what is in it, for whom, with which key, and which encryption made it. */

/** A pair of tokens, as `<grant>.<number>`. */
export interface Pair {
  readonly grant: string;
  readonly number: number;
}

export interface Sealed {
  readonly pair: string;
  readonly user: string;
  readonly key: string;
}

/** @param by what makes it different from every other encryption of the same tokens */
export function sealed(pair: string, user: string, key: string, by: string): string {
  return [pair, user, key, by].join(' ');
}

export function opened(text: string): Sealed {
  const [pair = '', user = '', key = ''] = text.split(' ');
  return { pair, user, key };
}

export function pairText({ grant, number }: Pair): string {
  return `${grant}.${number}`;
}

export function pairOf(text: string): Pair {
  const [grant = '', number = ''] = text.split('.');
  return { grant, number: Number(number) };
}
