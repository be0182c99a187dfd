import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultClass } from './classes.ts';
import { poolPids, pythons, signal } from './processes.ts';
import { trainingNow } from './progress.ts';
import { RL, rlSteps } from './recipe.ts';
import type { World } from './world.ts';

/** From a step that is trained to the sync of what it made. */
const PATIENCE_MS = 50_000;

/** A step of RL that is not the last is being trained: the engines are brought to its checkpoint next. */
const comes = ({ home, run, size }: World): boolean =>
  trainingNow(home, run).some((job) => job.startsWith(`${RL}-`) && job !== `${RL}-${rlSteps(size)}`);

/** A sync of the weights that half succeeds: see shim.cjs. */
const half = (name: string, mode: 'lost' | 'ignored' | 'cut', dies?: (world: World) => number[]): FaultClass => ({
  name: `weight sync: ${name}`,
  ready: comes,
  sign: 'any',
  rare: true,
  lane: 'disturbance',
  async strike(world) {
    const hit = join(world.home, 'faults.hit');
    rmSync(hit, { force: true });
    const struck = async (): Promise<boolean> => {
      const over = { is: false };
      void world.ended.finally(() => (over.is = true));
      for (const until = Date.now() + PATIENCE_MS; Date.now() < until && !over.is && !existsSync(hit);) await delay(20);
      if (dies && existsSync(hit)) signal(dies(world), 'SIGKILL');
      return existsSync(hit);
    };
    return world.disturbWhile({ sync: mode, pools: ['trainer'] }, struck);
  },
});

export const SYNCS: readonly FaultClass[] = [
  half('answer lost', 'lost'),
  half('ignored', 'ignored'),
  half('engine dies', 'cut', ({ home }) => pythons(home, 'longhaul_trainer.server')),
  half('worker dies', 'cut', ({ home }) => poolPids(home, 'trainer')),
];
