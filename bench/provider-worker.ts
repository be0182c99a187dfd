import { join } from 'node:path';
import { createSharedLimiter } from '../activities/models/limiter/shared.ts';
import { readPrompts } from '../activities/prompts.ts';
import { packageRoot } from '../activities/sandboxes/package-root.ts';
import { playModelRollout } from './model-rollout.ts';
import type { Ended } from './provider.ts';

interface Work {
  number: number;
  baseUrl: string;
  folder: string;
  rollouts: number;
  perMinute: number;
}

/** One process of the bench `provider`: plays its rollouts side by side, under the limits that all processes share. */
async function main({ number, baseUrl, folder, rollouts, perMinute }: Work): Promise<void> {
  const limiter = createSharedLimiter({ folder, host: '127.0.0.1' });
  const prompts = readPrompts(join(packageRoot(), 'prompts/agent'));
  const settings = { limits: { requestsPerMinute: perMinute, concurrent: 200 } };
  const played = await Promise.allSettled(
    Array.from({ length: rollouts }, (_, index) =>
      playModelRollout(`bench.provider.0.paper-${number}.${index}`, {
        baseUrl,
        limiter,
        prompts,
        settings,
        outputCharacters: 200,
      }),
    ),
  );
  const ended: Ended = { submitted: 0, turns: 0 };
  for (const one of played) {
    if (one.status === 'rejected') process.stderr.write(`${String(one.reason)}\n`);
    else {
      if (one.value.end === 'submitted') ended.submitted += 1;
      ended.turns += one.value.turns.length;
    }
  }
  process.stdout.write(JSON.stringify(ended));
  limiter.close();
}

void main(JSON.parse(process.argv[2] ?? '{}') as Work);
