import { describe, expect, it } from 'vitest';
import { fill, html } from '../../src/http/page/html';

describe('html', () => {
  it('escapes what is put into it, and not what is HTML already', () => {
    const inner = html`<b>${'a & "b"'}</b>`;
    expect(html`<p title="${`'<>`}">${inner}</p>`.text).toBe(
      '<p title="&#39;&lt;&gt;"><b>a &amp; &quot;b&quot;</b></p>',
    );
  });

  it('writes null as nothing, and the members of a list one after the other', () => {
    expect(html`${null}${['<', html`<i></i>`, [1, null]]}`.text).toBe('&lt;<i></i>1');
  });

  it('leaves out the indentation of the source, and none of a value', () => {
    const value = 'a\n   b';
    const made = html`<ul>
      <li>${value}</li>
    </ul>`;
    expect(made.text).toBe('<ul>\n<li>a\n   b</li>\n</ul>');
  });
});

describe('fill', () => {
  it('replaces variables, escapes the text around them, and keeps variables that have no value', () => {
    const filled = fill('<{name}> {name} {other} {constructor}', { name: html`<b>x</b>` });
    expect(filled.text).toBe('&lt;<b>x</b>&gt; <b>x</b> {other} {constructor}');
  });

  it('does not replace a variable within a value', () => {
    expect(fill('{a}', { a: '{b}', b: 'wrong' }).text).toBe('{b}');
  });
});
