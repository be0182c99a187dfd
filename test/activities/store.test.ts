import { expect, test } from '@jest/globals';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ASIDE, createFolderStore } from '../../activities/store.ts';
import { temporaryFolder } from '../support/temporary.ts';

const root = temporaryFolder();
const store = createFolderStore(root);

test('what is written is named by address, hash and size, and read back', async () => {
  const artifact = await store.write('a/b.txt', 'hello');
  expect(artifact).toEqual({
    uri: 'store:a/b.txt',
    sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    bytes: 5,
  });
  expect((await store.read(store.keyOf(artifact))).toString()).toBe('hello');
});

test('a key that is not there reads as undefined, an unreadable one is an error', async () => {
  expect(await store.readJson('none.json')).toBeUndefined();
  expect(await store.exists('none.json')).toBe(false);
  await store.write('torn.json', '{"a": ');
  await expect(store.readJson('torn.json')).rejects.toThrow('torn.json is not JSON');
});

test('a write that fails leaves nothing behind', async () => {
  await store.write('folder/file', 'x');
  await expect(store.write('folder', 'a folder stands there')).rejects.toThrow('EISDIR');
  expect(readdirSync(join(root, ASIDE))).toEqual([]);
});

test('a finished file is taken over by rename, under the hash of its bytes', async () => {
  const file = join(root, 'made-elsewhere');
  writeFileSync(file, 'hello');
  expect(await store.adopt('kept/it', file)).toMatchObject({ uri: 'store:kept/it', bytes: 5 });
  expect(await store.list('kept')).toEqual(['it']);
  expect(await store.exists('made-elsewhere')).toBe(false);
});

test('a folder lists its names in order; one that is not there lists none', async () => {
  await store.write('many/2', '');
  await store.write('many/1', '');
  expect(await store.list('many')).toEqual(['1', '2']);
  expect(await store.list('nowhere')).toEqual([]);
});
