import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { leave, letReadersGo } from '../../cli/bootstrap/way-out.cjs';
import { runCampaign } from './campaign.ts';
import type { Outcome } from './play.ts';
import { isSound, table } from './table.ts';
import { stopAll } from './world.ts';

const OPTIONS = {
  seed: { type: 'string', default: '1' },
  count: { type: 'string', default: '40' },
  size: { type: 'string', default: '4' },
  only: { type: 'string' },
} as const;

/** `npm run faults -- --seed S --count N`: exit 0 where every fault was survived. */
async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const [seed, count, size] = [values.seed, values.count, values.size].map(Number) as [number, number, number];
  const folder = mkdtempSync(join(tmpdir(), 'lh-faults-'));
  const outcomes: Outcome[] = [];
  const onOutcome = (outcome: Outcome): void => {
    outcomes.push(outcome);
    log(summary(outcome));
  };
  try {
    await runCampaign({ folder, seed, count, size, only: values.only, log, onOutcome });
  } finally {
    log(`\n${table(outcomes)}`);
    if (outcomes.every(isSound)) rmSync(folder, { recursive: true, force: true });
    else log(`homes are kept in ${folder}`);
  }
  const struck = outcomes.reduce((sum, outcome) => sum + outcome.struck.length, 0);
  return struck >= count && outcomes.every(isSound) ? 0 : 1;
}

const log = (line: string): void => void process.stdout.write(`${line}\n`);

function summary({ struck, problems, seconds, redone, resumed, restarted }: Outcome): string {
  const figures =
    `${struck.length} faults in ${seconds.toFixed(0)} s, at most ${redone.toFixed(2)} turns redone an attempt, ` +
    `resumed ${resumed.length} times, started again ${restarted} times`;
  const more = [...resumed.map((why) => `parked: ${why}`), ...problems.slice(0, 20)];
  return [`  ${problems.length === 0 ? 'sound' : 'NOT SOUND'}: ${figures}`, ...more].join('\n    ');
}

for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.once(name, () => void stopAll().then(() => leave(1)));
}
letReadersGo();
void main(process.argv.slice(2)).then(leave);
