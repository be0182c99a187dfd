import { expect, test } from '@jest/globals';
import { withoutAddresses } from '../../../core/factory/links.ts';
import { quoteIn } from '../../../core/factory/text.ts';
import { findQuote, quotable } from '../../../core/rubric-builder/quotes.ts';

const TEXT =
  'Our code is [available online](https://github.com/a/b), as in [[3]](https://doi.org/10.1/x) and f(x)[i](j).';

test('a text is shown without the addresses of its links; brackets of other kinds stay', () => {
  expect(withoutAddresses(TEXT)).toBe('Our code is available online, as in [3] and f(x)[i](j).');
});

test.each(['Our code is available online, as in [3]', 'Our code is [available online](https://github.com/a/b), as in'])(
  'a quote is found across links whether it has their addresses or not: %s',
  (quote) => {
    expect(findQuote(quotable(TEXT), quote)).toMatchObject({ start: 0 });
    expect(quoteIn(quote, TEXT)).toBe(true);
  },
);

test('an address alone is no quote of what it stands behind', () => {
  expect(findQuote(quotable(TEXT), 'github.com/a/b and more')).toBeUndefined();
});
