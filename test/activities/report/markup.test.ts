import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { escapeHtml, markup, trusted } from '../../../activities/report/markup.ts';

test('text is escaped where it is interpolated, markup is not, and null leaves nothing', () => {
  expect(markup`<b>${'a < b & "c"'}</b>${null}${3}`.html).toBe('<b>a &lt; b &amp; &quot;c&quot;</b>3');
  expect(markup`${markup`<i>${'<'}</i>`}${trusted('<br>')}`.html).toBe('<i>&lt;</i><br>');
  expect(markup`${[markup`<i>`, markup`${'&'}`]}`.html).toBe('<i>&amp;');
});

test('what is escaped holds no sign that ends a text or an attribute, and nothing of it is lost', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", 'a', ';', '#', 'l', 't') }), (text) => {
      const escaped = escapeHtml(text);
      expect(escaped).not.toMatch(/[<>"']/);
      expect(unescape(escaped)).toBe(text);
    }),
  );
});

const unescape = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
