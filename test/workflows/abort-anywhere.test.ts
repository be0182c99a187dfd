import { expect, test } from '@jest/globals';
import { WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { closes } from '../../core/ledger.ts';
import { keys } from '../../core/names.ts';
import { report } from '../../core/report.ts';
import { eventually } from '../support/eventually.ts';
import { rlTests, type RlRun } from '../support/rl-world.ts';

const opened = rlTests();

/** Events of the run and of its stage's execution of this moment. */
async function eventsOf({ handle, stage }: RlRun): Promise<number> {
  const lengthOf = async (workflow: WorkflowHandle): Promise<number> => {
    try {
      return (await workflow.describe()).historyLength;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return 0;
      throw error;
    }
  };
  return (await lengthOf(handle)) + (await lengthOf(stage));
}

/** In the runs of even ones rollouts end by themselves, and the stage goes from step to step; in the others it waits for them. */
const MOMENTS = [5, 11, 18, 25, 31, 44, 57, 70];

test.each(MOMENTS)(
  'a run that is aborted after %i events closes its ledger, and leaves nothing in play',
  async (moment) => {
    const { world } = opened;
    const { fake } = opened;
    fake.table.endsAll = moment % 2 === 0;
    await world.whileWorking(async () => {
      const run = await opened.start({ maxStaleness: 1, curriculum: [{ timeout: '60s', steps: 6 }] });
      await eventually(async () => (await eventsOf(run)) >= moment);
      const words = ['pause', 'resume', 'abort'].map((word) => run.decide(word, { reason: 'at any time' }));
      await Promise.allSettled(words);
      await expect(run.handle.result()).rejects.toMatchObject({ cause: { type: 'Aborted' } });
      const { ledger } = report.parse(await world.store.readJson(keys.report(run.run)));
      expect(closes(ledger)).toBe(true);
      await eventually(async () => (await run.open()).length === 0);
      expect(fake.playing()).toEqual([]);
    });
  },
);
