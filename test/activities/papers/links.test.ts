import { expect, test } from '@jest/globals';
import { leadsTo, linksApart, linkTo } from '../../../activities/papers/pdf/links.ts';
import { codeCandidates } from '../../../core/factory/addresses.ts';

const URI = 'https://github.com/someone/code';

test.each([
  ['available here', `[available here](${URI})`],
  ['(here).', `([here](${URI})).`],
  ['**code**', `[**code**](${URI})`],
  ['[3]', `[[3]](${URI})`],
  ['https://github.com/someone/code', 'https://github.com/someone/code'],
  ['`github.com/someone/code`', '`github.com/someone/code`'],
  // A line's end divided it.
  ['github.com/someone /code', URI],
  ['a] b', 'a] b'],
  ['†', '†'],
])('the words "%s" that lead somewhere are written %s', (words, written) => {
  expect(linkTo(words, URI)).toBe(written);
});

test('an address with brackets does not end its link', () => {
  expect(linkTo('here', 'https://a.org/x_(y)')).toBe('[here](https://a.org/x_%28y%29)');
});

test('what a page leads to without words is told, and an address that stands there already is not', () => {
  expect(linksApart([URI, 'https://a.org/b--c'])).toBe(
    '<!-- links on this page: https://github.com/someone/code https://a.org/b-%2Dc -->',
  );
  const isThere = leadsTo('See [here](https://a.org/x) and www.b.org/y/.');
  expect(['https://a.org/x', 'http://b.org/y', 'https://c.org'].map(isThere)).toEqual([true, true, false]);
});

test.each([`The code is [here](${URI}).`, `We are somebody.\n\n<!-- links on this page: ${URI} -->`])(
  'code behind a link is found: %s',
  (text) => {
    expect(codeCandidates(`# A title\n\n${text}\n\n${'More words. '.repeat(100)}`)).toMatchObject([{ address: URI }]);
  },
);
