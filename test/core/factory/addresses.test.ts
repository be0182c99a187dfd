import { describe, expect, test } from '@jest/globals';
import { blacklistOf, blacklistText, codeCandidates, repositoryOf } from '../../../core/factory/addresses.ts';

test.each([
  ['https://github.com/Owner/Repo.', 'https://github.com/Owner/Repo'],
  ['http://www.github.com/owner/repo.git', 'https://github.com/owner/repo'],
  ['git@gitlab.com:owner/repo.git', 'https://gitlab.com/owner/repo'],
  ['git+https://github.com/owner/repo@v1#egg=x', 'https://github.com/owner/repo@v1'],
  ['https://token@github.com/owner/repo/tree/main/src?x=1', 'https://github.com/owner/repo'],
  ['https://owner.github.io/project/', 'https://github.com/owner/project'],
  ['github.com/owner', null],
  ['https://huggingface.co/datasets/owner', null],
  ['https://example.com/owner/repo', null],
])('%s names the repository %s', (address, repository) => {
  expect(repositoryOf(address)).toBe(repository);
});

describe('the code of a paper', () => {
  const body = 'x '.repeat(2000);
  test('is what the paper claims, before what it only names', () => {
    const paper = `We compare with https://github.com/some/library in passing. ${body}
      Our code is available at https://github.com/ours/method.`;
    const candidates = codeCandidates(paper);
    expect(candidates.map(({ address }) => address)).toEqual([
      'https://github.com/ours/method',
      'https://github.com/some/library',
    ]);
    expect(candidates[0]?.evidence).toContain('Our code is available at');
  });

  test('is not what stands in the references, nor what is said to be of others', () => {
    const paper = `Baselines use the original https://github.com/their/baseline. ${body}
## References
[1] Tool. https://github.com/cited/tool`;
    expect(codeCandidates(paper).filter(({ weight }) => weight > 0)).toEqual([]);
  });

  test('is what the metadata name, above all', () => {
    const candidates = codeCandidates('Code: https://github.com/a/b', ['https://github.com/meta/data']);
    expect(candidates[0]).toMatchObject({ address: 'https://github.com/meta/data', evidence: 'metadata' });
  });
});

test('a blacklist has the code, its mirrors and its packages, each once, in the format of PaperBench', () => {
  const code = {
    address: 'https://github.com/ours/method',
    packages: [{ registry: 'pypi' as const, name: 'our-method' }],
  };
  const lines = blacklistOf(code, ['https://github.com/Ours/Method.git', 'https://gitlab.com/mirror/method']);
  expect(lines).toEqual([
    'https://github.com/ours/method',
    'https://gitlab.com/mirror/method',
    'https://pypi.org/project/our-method',
  ]);
  expect(blacklistText(lines)).toBe(lines.join('\n'));
  expect(blacklistText([])).toBe('none');
});
