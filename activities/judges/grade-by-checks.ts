import { distinctCommands, gradeLeaf, type Check, type CheckOutput, type Checks } from '../../core/check.ts';
import type { LeafVerdict } from '../../core/record.ts';
import { leaves, type RubricNode } from '../../core/rubric/node.ts';
import { StaleEpoch } from '../sandboxes/errors.ts';
import type { Sandbox, SandboxLimits, SandboxProvider } from '../sandboxes/sandbox.ts';

/** Measured seconds for a check that names none. */
const DEFAULT_SECONDS = 60;

export interface CheckJudging {
  rubric: RubricNode;
  /** A check for every leaf of the rubric; those of leaves that were pruned away are not run. */
  checks: Checks;
  /** The submission's tar. */
  submission: string;
  sandbox: { id: string; labels: { run: string; rollout: string }; epoch: number };
  limits: SandboxLimits;
  /** Stops between two commands and is handed to the sandbox. */
  signal: AbortSignal;
}

/**
 * Grades every leaf by its check in a fresh sandbox that holds the submission, each distinct command run once, in the order of
 * the leaves. A submission that makes a command hang or swell gets no point for it; a sandbox that fails is an error, never a
 * score. The sandbox is closed either way.
 */
export async function gradeByChecks(sandboxes: SandboxProvider, judging: CheckJudging): Promise<LeafVerdict[]> {
  const graded = leaves(judging.rubric).map((leaf) => ({ leaf, check: checkOf(leaf, judging.checks) }));
  const commands = graded.map(({ check }) => check);
  const outputs = await inFreshSandbox(sandboxes, judging, (sandbox) => runAll(sandbox, commands, judging));
  return graded.map(({ leaf, check }) => ({
    leaf: leaf.id,
    requirements: leaf.requirements,
    category: leaf.task_category ?? '',
    ...gradeLeaf(check, outputOf(check, outputs)),
  }));
}

function checkOf(leaf: RubricNode, checks: Checks): Check {
  const check = Object.hasOwn(checks, leaf.id) ? checks[leaf.id] : undefined;
  if (!check) throw new Error(`leaf ${leaf.id} (${leaf.requirements}) has no check`);
  return check;
}

function outputOf(check: Check, outputs: ReadonlyMap<string, CheckOutput>): CheckOutput {
  const output = outputs.get(check.command);
  if (!output) throw new Error(`\`${check.command}\` was never run`);
  return output;
}

async function inFreshSandbox<T>(
  sandboxes: SandboxProvider,
  { sandbox: { id, labels, epoch }, limits, submission }: CheckJudging,
  use: (sandbox: Sandbox) => Promise<T>,
): Promise<T> {
  await sandboxes.destroy(id);
  const spec = { id, labels, limits, mounts: [], environment: {}, clock: 'real' as const, idleSeconds: 600 };
  const { sandbox, found } = await sandboxes.open(spec);
  let result: T;
  try {
    if (found !== 'new') throw new Error(`the judge's sandbox ${id} is not fresh: ${found}`);
    await sandbox.restore(submission, epoch);
    result = await use(sandbox);
  } catch (error) {
    throw await closedAfter(sandbox, error);
  }
  await sandbox.close();
  return result;
}

/**
 * Closes after a failure and gives back what to throw: the first error stays visible where closing fails too. A sandbox that a
 * newer attempt has taken over is left to that one.
 */
async function closedAfter(sandbox: Sandbox, error: unknown): Promise<unknown> {
  try {
    await (error instanceof StaleEpoch ? sandbox.detach() : sandbox.close());
    return error;
  } catch (closing) {
    return new AggregateError([error, closing], `judging failed (${String(error)}), and so did closing its sandbox`);
  }
}

async function runAll(
  sandbox: Sandbox,
  checks: Check[],
  { sandbox: { epoch }, signal }: CheckJudging,
): Promise<Map<string, CheckOutput>> {
  const outputs = new Map<string, CheckOutput>();
  for (const [index, { command, timeoutSeconds = DEFAULT_SECONDS }] of distinctCommands(checks).entries()) {
    signal.throwIfAborted();
    const result = await sandbox.exec({ callId: `check.${index}`, command, epoch, timeoutSeconds }, signal);
    if (result.ended === 'interrupted' || result.restarted) {
      throw new Error(`the judge's sandbox ${sandbox.id} died under \`${command}\``);
    }
    outputs.set(command, { output: result.output, exitCode: result.exitCode, ended: result.ended });
  }
  return outputs;
}
