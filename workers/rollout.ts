import { runRolloutPool } from './rollout-pool.ts';

runRolloutPool('rollout');
