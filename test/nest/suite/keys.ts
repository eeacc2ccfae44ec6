/** Keys that encrypt the tokens of a test. */
export const keys = `k1:${Buffer.alloc(32, 7).toString('base64')}`;
