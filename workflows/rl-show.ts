import {
  getExternalWorkflowHandle,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { progressSignal } from './messages.ts';
import type { RlDesk } from './rl-desk.ts';
import { attributes } from './search-attributes.ts';

/** Shows which step is being made, wherever an operator looks. */
export function showStep({ board, stage, state, facts }: RlDesk): void {
  const step = state.done + 1;
  board.training = { step: state.done, steps: stage.steps, loss: null };
  upsertSearchAttributes([{ key: attributes.step, value: step }]);
  const first = state.done - facts.length + 1;
  const rows = facts.map(({ meanScore, cutShare }, index) => {
    const score = meanScore === null ? '' : meanScore.toFixed(3);
    return `| ${first + index} | ${score} | ${(100 * cutShare).toFixed(0)} % |`;
  });
  setCurrentDetails(
    [
      `Step ${step} of ${stage.steps} from ${state.checkpoint}, rollouts of ${stage.timeout}`,
      '',
      '| step | mean score | cut by the timeout |',
      '| ---: | ---: | ---: |',
      ...rows,
    ].join('\n'),
  );
}

/** Tells the run how far the stage is; a few times a step, however many rollouts there are. */
export async function tellRun({ board, state, stage }: RlDesk): Promise<void> {
  const { parent } = workflowInfo();
  board.training = { step: state.done, steps: stage.steps, loss: null };
  if (parent) await getExternalWorkflowHandle(parent.workflowId).signal(progressSignal, board);
}
