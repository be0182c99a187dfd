import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultClass } from './classes.ts';
import { keys } from '../../core/names.ts';
import { namesIn, poolPids, pythons, signal } from './processes.ts';
import { servedNow } from './progress.ts';
import { RL, rlSteps } from './recipe.ts';
import type { World } from './world.ts';

/** Until the engines are brought to the next checkpoint: on a busy machine a step takes its time. */
const PATIENCE_MS = 120_000;

/** RL is served and has more than its last step to make: the engines are brought to another checkpoint before that. */
const comes = ({ home, run, size }: World): boolean => {
  const done = namesIn(join(home, 'store', keys.stage(run, RL), 'steps')).length;
  return servedNow(home, run).includes(`${RL}.json`) && done < rlSteps(size) - 1;
};

/** A sync of the weights that half succeeds: see shim.cjs. */
const half = (name: string, mode: 'lost' | 'ignored' | 'cut', dies?: (world: World) => number[]): FaultClass => ({
  name: `weight sync: ${name}`,
  ready: comes,
  sign: 'any',
  rare: true,
  lane: 'disturbance',
  async strike(world) {
    return world.disturbWhile({ sync: mode, pools: ['trainer'] }, async (hasStruck) => {
      const over = { is: false };
      void world.ended.finally(() => (over.is = true));
      for (const until = Date.now() + PATIENCE_MS; Date.now() < until && !over.is && !hasStruck();) await delay(20);
      if (dies && hasStruck()) signal(dies(world), 'SIGKILL');
      return hasStruck();
    });
  },
});

export const SYNCS: readonly FaultClass[] = [
  half('answer lost', 'lost'),
  half('ignored', 'ignored'),
  half('engine dies', 'cut', ({ home }) => pythons(home, 'longhaul_trainer.server')),
  half('worker dies', 'cut', ({ home }) => poolPids(home, 'trainer')),
];
