import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../activities/sandboxes/package-root.ts';

/** What the server has served, by its own account: see test/servers/messages/figures.ts. */
export interface ServerFigures {
  asked: number;
  admitted: number;
  answered: number;
  refused: number;
  broken: number;
  from: number;
  to: number;
  inputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  outputTokens: number;
}

export interface MeasuredServer {
  baseUrl: string;
  figures(): Promise<ServerFigures>;
  close(): Promise<void>;
}

/** The Messages server of the tests, as a process of its own. */
export async function openMessagesServer(options: object): Promise<MeasuredServer> {
  const root = packageRoot();
  const main = join(root, 'test/servers/messages/main.ts');
  const args = ['-r', join(root, 'tools/typescript.cjs'), main, JSON.stringify(options)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the Messages server has ended');
    return value;
  };
  const baseUrl = (await next()).replace('listening ', '');
  return {
    baseUrl,
    async figures() {
      child.stdin.write('\n');
      return JSON.parse(await next()) as ServerFigures;
    },
    async close() {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}
