import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { keepSnapshot } from '../../activities/keep-snapshot.ts';
import type { Sandbox } from '../../activities/sandboxes/sandbox.ts';
import { createFolderStore } from '../../activities/store.ts';
import { temporaryFolder } from '../support/temporary.ts';

const home = temporaryFolder();
const deps = { store: createFolderStore(join(home, 'store')), scratch: join(home, 'tmp') };
const snapshots = (snapshot: Sandbox['snapshot']) => ({ snapshot }) as Sandbox;

test('a workspace is kept under its key, and one that cannot be kept leaves nothing behind', async () => {
  const kept = await keepSnapshot(
    deps,
    snapshots(async (file) => writeFileSync(file, 'x')),
    'runs/r/submission.tar',
  );
  expect(kept).toMatchObject({ uri: 'store:runs/r/submission.tar', bytes: 1 });
  const half = snapshots(async (file) => {
    writeFileSync(file, 'x');
    throw new Error('no space left on device');
  });
  await expect(keepSnapshot(deps, half, 'runs/r/other.tar')).rejects.toThrow('no space left on device');
  expect(readdirSync(deps.scratch)).toEqual([]);
});
