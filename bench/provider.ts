import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atLeast, atMost, type Figure } from './figure.ts';
import { openMessagesServer } from './messages-server.ts';

const PROCESSES = 4;
const ROLLOUTS = 200;
const TURNS = 15;
const PER_SECOND = 50;

/** What one process of rollouts says when they have ended: see provider-worker.ts. */
export interface Ended {
  submitted: number;
  turns: number;
}

/**
 * 200 rollouts in four processes against a provider that allows 50 requests a second, refuses 5 % of them by the way (429) and breaks off
 * 1 % in mid-answer. Achieved is what the provider let in, by its own clock, from the first to the last.
 */
export async function provider(): Promise<Figure[]> {
  const server = await openMessagesServer({
    turns: TURNS,
    replyTokens: 20,
    requestsPerMinute: 60 * PER_SECOND,
    refusedShare: 0.05,
    brokenShare: 0.01,
    latencyMs: 100,
  });
  const home = mkdtempSync(join(tmpdir(), 'longhaul-bench-'));
  try {
    const options = {
      baseUrl: server.baseUrl,
      folder: home,
      rollouts: ROLLOUTS / PROCESSES,
      perMinute: 60 * PER_SECOND,
    };
    const ended = await Promise.all(Array.from({ length: PROCESSES }, (_, number) => work({ ...options, number })));
    return figuresOf(ended, await server.figures());
  } finally {
    await server.close();
    rmSync(home, { recursive: true, force: true });
  }
}

function figuresOf(
  ended: readonly Ended[],
  {
    admitted,
    refused,
    broken,
    answered,
    from,
    to,
  }: Awaited<ReturnType<Awaited<ReturnType<typeof openMessagesServer>>['figures']>>,
): Figure[] {
  const perSecond = (admitted - 1) / ((to - from) / 1000);
  const submitted = ended.reduce((sum, one) => sum + one.submitted, 0);
  const turns = ended.reduce((sum, one) => sum + one.turns, 0);
  const detail = {
    admitted,
    refused,
    broken,
    seconds: (to - from) / 1000,
    answeredPerSecond: answered / ((to - from) / 1000),
  };
  return [
    {
      ...atLeast(
        `${ROLLOUTS} rollouts at a provider of ${PER_SECOND} requests/s: share of its limit that they use`,
        perSecond / PER_SECOND,
        0.95,
      ),
      unit: '×',
      detail,
    },
    { ...atMost('of them, rollouts that failed', ROLLOUTS - submitted, 0), unit: 'rollouts', detail: { turns } },
    // Every answer that came whole is one turn of one rollout: nothing was asked for twice.
    {
      ...atMost('of them, turns that were paid for twice', answered - turns, 0),
      unit: 'turns',
      detail: { answered, turns },
    },
  ];
}

function work(options: object): Promise<Ended> {
  const child = spawn(
    process.execPath,
    ['--enable-source-maps', join(__dirname, 'provider-worker.js'), JSON.stringify(options)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const out: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(Buffer.concat(out).toString()) as Ended);
      else reject(new Error(`a process of rollouts ended with ${code}`));
    });
  });
}
