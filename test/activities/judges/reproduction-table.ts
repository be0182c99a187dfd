import { join } from 'node:path';
import { reproduce, reproductionSandbox } from '../../../activities/judges/reproduce.ts';
import { readSubmission } from '../../../activities/judges/llm/submission.ts';
import { chooseSandbox } from '../../../activities/sandboxes/choose.ts';
import type { SandboxProvider } from '../../../activities/sandboxes/sandbox.ts';
import { createFolderStore } from '../../../activities/store.ts';
import { reproduction, type Reproduction } from '../../../core/judging/reproduction.ts';
import type { Artifact } from '../../../core/record.ts';
import { putSubmission } from '../../support/workspaces.ts';
import { LIMITS, sandboxFolder } from '../sandboxes/support.ts';

/** A submission of these files, and how often it likes to be reproduced. */
export async function reproductionTable(
  folder: () => string,
  files: Record<string, string>,
  changes: { timeout?: string; retryUnder?: string } = {},
) {
  const [store, home] = [createFolderStore(folder()), folder()];
  const { provider: sandboxes } = await chooseSandbox({ home, unsafe: false });
  const submission = await putSubmission(store, files, { folder: folder() });
  const rollout = 'run.distill.0.one.0';
  const settings = { timeout: '60s', ...changes };
  const attempt = async (
    more: { signal?: AbortSignal; sandboxes?: SandboxProvider; epoch?: number; timeout?: string } = {},
  ): Promise<{ named: Artifact; result: Reproduction; log: string | undefined; files: string[] }> => {
    const named = await reproduce(
      { store, sandboxes: more.sandboxes ?? sandboxes, scratch: folder() },
      {
        rollout,
        run: 'run',
        submission,
        settings: { ...settings, ...(more.timeout === undefined ? {} : { timeout: more.timeout }) },
        limits: LIMITS,
        epoch: more.epoch ?? 1,
        signal: more.signal ?? new AbortController().signal,
      },
    );
    const result = reproduction.parse(await store.readJson(store.keyOf(named)));
    const left = await readSubmission(store.path(store.keyOf(result.left)));
    return { named, result, log: left.log, files: [...left.files.keys()] };
  };
  const workspace = join(sandboxFolder(home, reproductionSandbox(rollout)), 'workspace');
  return { attempt, sandboxes, rollout, store, workspace };
}

export const touched = ({ touched: files }: Reproduction): string[] =>
  files.map(({ path, bytes, change }) => `${path} ${bytes} ${change}`).toSorted();
