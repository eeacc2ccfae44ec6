import { describe, expect, it } from 'vitest';
import { storedTextFault } from '../../../src/config/fields/text';

describe('storedTextFault', () => {
  it.each(['', 'text', '😀', 'tab\tand\nline', 'x'.repeat(16_000)])('has nothing against text %#', (text) => {
    expect(storedTextFault(text)).toBeUndefined();
  });

  it.each([
    ['a\0b', 'invalid_text', 'found a NUL character; texts must not contain one'],
    ['\ud800', 'invalid_text', 'found a lone surrogate; texts must be well-formed Unicode'],
    ['\udc00\ud800', 'invalid_text', 'found a lone surrogate; texts must be well-formed Unicode'],
    [
      'x'.repeat(16_001),
      'too_large',
      'found a text of 16001 characters; at most 16000 characters are allowed',
    ],
  ])('refuses text %#', (text, code, message) => {
    expect(storedTextFault(text)).toEqual({ code, message, at: [] });
  });
});
