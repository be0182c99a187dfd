import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashOfSources } from './bootstrap/source-hash.cjs';
import { packageRoot } from '../activities/sandboxes/package-root.ts';

/** Writes dist/workflow-bundle.js, which the orchestrator runs; nothing to do where the workflows are as they were. */
async function buildWorkflowBundle(root: string): Promise<void> {
  const bundle = join(root, 'dist/workflow-bundle.js');
  const stamp = `${bundle}.built-from`;
  const hash = hashOfSources(root, ['workflows', 'core'], ['package-lock.json']);
  if (existsSync(bundle) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  const workflowsPath = join(root, 'dist/workflows/index.js');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  writeFileSync(`${bundle}.aside`, code);
  renameSync(`${bundle}.aside`, bundle);
  writeFileSync(stamp, hash);
}

void buildWorkflowBundle(packageRoot());
