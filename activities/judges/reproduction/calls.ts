import type { ExecResult, Sandbox } from '../../sandboxes/sandbox.ts';

/**
 * A short call of our own in a sandbox; it must come to its end. In a sandbox that was restarted what earlier calls have left in /tmp
 * is gone: it is closed, and whoever tries again begins anew.
 */
export async function shortCall(sandbox: Sandbox, callId: string, command: string): Promise<ExecResult> {
  const result = await sandbox.exec({ callId, command, epoch: 0, timeoutSeconds: 600 });
  if (result.ended !== 'exit') throw new Error(`the sandbox ${sandbox.id} was cut (${result.ended}) under ${callId}`);
  if (result.restarted) {
    await sandbox.close();
    throw new Error(`the sandbox ${sandbox.id} was restarted before ${callId}`);
  }
  return result;
}
