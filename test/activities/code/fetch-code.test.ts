import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { fetchCode } from '../../../activities/code/fetch-code.ts';
import { createFolderStore } from '../../../activities/store.ts';
import { officialCode, type CodeResult, type OfficialCode } from '../../../core/factory/code.ts';
import { factoryKeys } from '../../../core/factory/keys.ts';
import { recordedServers } from '../../support/answers.ts';
import { keepMarkdown, paperSettings, recordPaper } from '../../support/papers.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const home = temporaryFolder();
const answering = recordedServers();
const store = createFolderStore(join(home, 'store'));
const bare = join(home, 'official.git');
const marker = join(home, 'hook-ran');
/** In two parts, so that nobody takes it for a real one. */
const key = ['AKIA', 'ABCDEFGH12345678'].join('');

const git = (cwd: string, ...args: string[]): string =>
  execFileSync(
    'git',
    ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'init.defaultBranch=main', ...args],
    { cwd, encoding: 'utf8' },
  ).trim();

const FILES: Record<string, string | Buffer> = {
  'train.py': `import torch\nKEY = "${key}"\nprint("trains")\n`,
  'model/net.py': 'class Net: pass\n',
  'README.md': '# Official code\n',
  LICENSE: 'MIT License\n\nCopyright\n',
  'setup.py': 'from setuptools import setup\nsetup(\n    name="our-method",\n)\n',
  '.env': 'TOKEN=abc\n',
  'keys/id_rsa': 'private\n',
  'weights.pt': Buffer.from([1, 2, 3]),
  'hidden.txt': Buffer.from([65, 0, 66]),
  'large.csv': 'x'.repeat(1100 * 1024),
  'data.bin.lfs.txt': 'version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12\n',
};

beforeAll(() => {
  const work = join(home, 'work');
  mkdirSync(work);
  git(work, 'init', '--quiet');
  for (const [path, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(work, path)), { recursive: true });
    writeFileSync(join(work, path), content);
  }
  symlinkSync('/etc/passwd', join(work, 'passwd'));
  git(work, 'add', '--force', '.');
  git(work, 'update-index', '--add', '--cacheinfo', `160000,${'a'.repeat(40)},vendor`);
  git(work, 'commit', '--quiet', '--message', 'all of it');
  git(home, 'clone', '--quiet', '--bare', work, bare);
  // Hooks and filters of others must never run here.
  for (const hook of ['post-checkout', 'reference-transaction', 'post-upload-pack']) {
    writeFileSync(join(bare, 'hooks', hook), `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 });
  }
});

async function fetched(
  paper: string,
  { code = [] as string[], text = 'A paper.', more = {}, github = 'http://127.0.0.1:1' } = {},
): Promise<CodeResult> {
  const place = await recordPaper(store, paper, { title: `The paper ${paper}`, code });
  await keepMarkdown(store, place, text);
  const settings = { ...paperSettings, code: { ...paperSettings.code, ...more } };
  return fetchCode({ store, scratch: join(home, 'tmp'), github }, { place, settings });
}

const detailsOf = async (result: CodeResult): Promise<OfficialCode> =>
  officialCode.parse(await store.readJson(`${dirname(result.code?.folder ?? '')}/code.json`));

describe('official code', () => {
  test('is taken at one commit, which is named', async () => {
    const { code } = await fetched('one', { code: [bare] });
    expect(code?.commit).toBe(git(bare, 'rev-parse', 'HEAD'));
    expect(readFileSync(store.path(`${code?.folder}/model/net.py`), 'utf8')).toBe('class Net: pass\n');
    expect(code?.files).toBe(5);
  });

  test('comes without secrets, binaries, large files, links, submodules and LFS pointers, each with its cause', async () => {
    const result = await fetched('two', { code: [bare] });
    const details = await detailsOf(result);
    const causes = Object.fromEntries(details.dropped.map(({ path, cause }) => [path, cause]));
    expect(causes).toEqual({
      '.env': 'secret',
      'keys/id_rsa': 'secret',
      'weights.pt': 'binary',
      'hidden.txt': 'binary',
      'large.csv': 'too-large',
      'data.bin.lfs.txt': 'lfs',
      passwd: 'link',
      vendor: 'submodule',
    });
    for (const path of Object.keys(causes))
      expect(existsSync(store.path(`${result.code?.folder}/${path}`))).toBe(false);
  });

  test('has its credentials blotted out, and says where they stood', async () => {
    const result = await fetched('three', { code: [bare] });
    const train = readFileSync(store.path(`${result.code?.folder}/train.py`), 'utf8');
    expect(train).toBe('import torch\nKEY = "[redacted AWS key]"\nprint("trains")\n');
    expect((await detailsOf(result)).redacted).toEqual([{ path: 'train.py', line: 2, kind: 'AWS key' }]);
  });

  test('tells its licence and its packages, and runs nothing', async () => {
    const details = await detailsOf(await fetched('four', { code: [bare] }));
    expect(details).toMatchObject({ licence: 'MIT License', packages: [{ registry: 'pypi', name: 'our-method' }] });
    expect(existsSync(marker)).toBe(false);
  });

  test('does not move under a paper that has it: a later commit is not taken', async () => {
    const first = await fetched('five', { code: [bare] });
    const work = join(home, 'work');
    writeFileSync(join(work, 'later.py'), 'later = True\n');
    git(work, 'add', 'later.py');
    git(work, 'commit', '--quiet', '--message', 'later');
    git(work, 'push', '--quiet', bare, 'HEAD:main');
    expect(await fetched('five', { code: [bare] })).toEqual(first);
    expect((await fetched('six', { code: [bare] })).code?.commit).not.toBe(first.code?.commit);
  });
});

describe('limits of code', () => {
  test('keep what matters most: source before data', async () => {
    const result = await fetched('limited', { code: [bare], more: { maxFiles: 2 } });
    const details = await detailsOf(result);
    expect(details.files).toBe(2);
    expect(details.dropped.filter(({ cause }) => cause === 'over-limit').map(({ path }) => path)).toContain('LICENSE');
  });

  test('end a repository that is too large or is not there, with the reason; the next address is tried', async () => {
    const gone = join(home, 'gone.git');
    const result = await fetched('tried', { code: [gone, bare] });
    expect(result.tried).toEqual([
      { address: gone, reason: `fatal: '${gone}' does not appear to be a git repository` },
    ]);
    expect(result.code?.address).toBe(bare);
  });
});

describe('the blacklist', () => {
  test('names the code that the paper calls its own, its packages, and its forks where they are asked for', async () => {
    const github = await answering(() => ({ body: JSON.stringify([{ html_url: 'https://github.com/fan/method' }]) }));
    const text = 'Our code is available at https://github.invalid/x and https://gitlab.com/ours/method .';
    const result = await fetched('listed', { code: [bare], text, github: github.url });
    expect(result.blacklist).toEqual(['https://gitlab.com/ours/method', 'https://pypi.org/project/our-method']);
    expect(github.asked).toHaveLength(0);
  });

  test('is empty for a paper without code, which is no failure', async () => {
    expect(await fetched('none', { text: 'No code here.' })).toEqual({ code: null, tried: [], blacklist: [] });
    const stored = (await store.readJson(factoryKeys.code({ run: 'r', paper: 'none' }))) as { candidates: unknown[] };
    expect(stored.candidates).toEqual([]);
  });
});
