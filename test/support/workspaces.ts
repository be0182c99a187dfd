import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Artifact } from '../../core/record.ts';
import type { Store } from '../../activities/store.ts';

/** Puts a submission of these files into a store, as a workspace's snapshot is written. */
export async function putSubmission(
  store: Store,
  files: Record<string, string>,
  { key = 'submission.tar', folder }: { key?: string; folder: string },
): Promise<Artifact> {
  const workspace = join(folder, `workspace-${Object.keys(files).length}-${Math.random().toString(36).slice(2)}`);
  mkdirSync(workspace, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), text);
  }
  const flags = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--format=gnu'];
  const file = `${workspace}.tar`;
  execFileSync('tar', [...flags, '-C', workspace, '-cf', file, '.']);
  return store.adopt(key, file);
}
