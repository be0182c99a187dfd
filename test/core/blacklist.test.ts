import { describe, expect, test } from '@jest/globals';
import { normaliseAddress, parseBlacklist } from '../../core/blacklist.ts';
import { paperbench } from './rubric/data.ts';

describe('a blacklist', () => {
  test.each([
    ['https://github.com/Mikelma/CompoNet', 'github.com', 'mikelma/componet'],
    ['git@github.com:mikelma/componet.git', 'github.com', 'mikelma/componet'],
    ['git+https://user@github.com:443/mikelma/componet.git@main?x=1#egg', 'github.com', 'mikelma/componet.git@main'],
    ['www.example.org/code/', 'example.org', 'code'],
    ['example.org', 'example.org', ''],
  ])('compares %s by host and path', (text, host, path) => {
    expect(normaliseAddress(text)).toEqual({ host, path });
  });

  test('holds addresses and packages, with comments', () => {
    expect(parseBlacklist('# theirs\nhttps://a.org/x # code\npypi:componet\nsomepackage\r\n')).toEqual([
      { type: 'address', text: 'https://a.org/x', host: 'a.org', path: 'x' },
      { type: 'package', text: 'pypi:componet', registry: 'pypi', name: 'componet' },
      { type: 'package', text: 'somepackage', registry: null, name: 'somepackage' },
    ]);
  });

  test("is empty where PaperBench's says `none`", () => {
    expect(parseBlacklist(paperbench('self-expansion', 'blacklist.txt'))).toEqual([]);
    expect(parseBlacklist(paperbench('self-composing-policies', 'blacklist.txt'))).toEqual([
      { type: 'address', text: 'https://github.com/mikelma/componet', host: 'github.com', path: 'mikelma/componet' },
    ]);
  });
});
