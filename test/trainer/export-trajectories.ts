import process from 'node:process';
import { exportTrajectories } from '../../activities/export/export-trajectories.ts';
import { both } from '../activities/export/trajectories.ts';

/** Exports two trajectories, one with tools and one without, into the folder given. */
void exportTrajectories({
  folder: process.argv[2] ?? '',
  run: 'run',
  stage: 'distill',
  settings: { thinking: 'keep' },
  trajectories: both(),
});
