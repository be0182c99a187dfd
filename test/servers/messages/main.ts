import { scriptedBrain } from './brains.ts';
import { randomFaults } from './faults.ts';
import { startMessagesServer } from './server.ts';

/**
 * The server as a process of its own, for benches and for trying things by hand. Its options are one JSON argument; it prints
 * `listening URL`, then, for each line on stdin, its figures as a line of JSON; it ends with its stdin.
 */
interface Options {
  port?: number;
  requestsPerMinute?: number;
  latencyMs?: number;
  refusedShare?: number;
  brokenShare?: number;
  seed?: number;
  turns?: number;
  replyTokens?: number;
  minCacheTokens?: number;
  contextTokens?: number;
}

async function main(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? '{}') as Options;
  const { requestsPerMinute, latencyMs, minCacheTokens, contextTokens } = options;
  const server = await startMessagesServer(
    {
      brain: scriptedBrain({ turns: options.turns ?? 10, replyTokens: options.replyTokens ?? 20 }),
      fault: randomFaults({
        refused: options.refusedShare ?? 0,
        broken: options.brokenShare ?? 0,
        seed: options.seed ?? 0,
      }),
      limits: requestsPerMinute === undefined ? {} : { requestsPerMinute },
      ...(latencyMs === undefined ? {} : { latencyMs }),
      ...(minCacheTokens === undefined ? {} : { minCacheTokens }),
      ...(contextTokens === undefined ? {} : { contextTokens }),
    },
    options.port ?? 0,
  );
  process.stdout.write(`listening ${server.baseUrl}\n`);
  process.stdin.on('data', () => process.stdout.write(`${JSON.stringify(server.figures())}\n`));
  process.stdin.on('end', () => server.close());
}

void main();
