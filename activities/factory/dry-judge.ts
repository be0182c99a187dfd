import { rm, writeFile } from 'node:fs/promises';
import { ApplicationFailure } from '@temporalio/common';
import { factoryKeys } from '../../core/factory/keys.ts';
import { failureOf } from '../models/model-error.ts';
import type { GradeSubmission } from '../judges/judged.ts';
import { scratchName } from '../scratch.ts';
import type { Store } from '../store.ts';
import type { DryJudge } from './dry-judging.ts';
import { tarOf } from './tar.ts';

/** Nothing is run: the judge looks at what was written. */
const NO_LIMITS = { processes: 0, memoryBytes: 0, cpuSeconds: 0, fileBytes: 0, workspaceBytes: 0, outputBytes: 0 };

/** The dry judging by a judge of submissions; files become a submission that has the same name whenever they are the same. */
export function createDryJudge({
  store,
  scratch,
  grade,
}: {
  store: Store;
  scratch: string;
  grade: GradeSubmission;
}): DryJudge {
  return {
    async grade({ task, name, place, files, signal }) {
      const key = `${factoryKeys.paper(place)}/dry/${name}.tar`;
      const artifact = await keepTar(store, { key, scratch, bytes: tarOf(files) });
      const rollout = `${place.run}.factory.${place.paper}.${name}`;
      const judged = await grade({
        rollout,
        task,
        submission: { artifact, file: store.path(key) },
        sandbox: { id: rollout, labels: { run: place.run, rollout }, epoch: 0 },
        limits: NO_LIMITS,
        onProgress: () => undefined,
        signal,
      }).catch((error: unknown) => {
        throw failureOf(error);
      });
      if (!('score' in judged)) throw unfinished(name);
      return { score: judged.score, judge: judged.judge, usd: judged.usage?.usd ?? 0 };
    },
  };
}

/** Some leaf has no grade: the judge failed, which is no score. What was graded is kept, so trying again asks for the rest. */
const unfinished = (name: string): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'JudgeFailed',
    message: `some leaves of the submission "${name}" could not be graded`,
  });

async function keepTar(store: Store, { key, scratch, bytes }: { key: string; scratch: string; bytes: Buffer }) {
  const file = await scratchName(scratch, '.tar');
  try {
    await writeFile(file, bytes);
    return await store.adopt(key, file);
  } finally {
    await rm(file, { force: true });
  }
}
