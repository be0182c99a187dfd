import { createRandom, deriveSeed } from '../random.ts';
import type { Checks } from '../check.ts';
import { rubricNode, type FinegrainedCategory, type RubricNode, type TaskCategory } from '../rubric/node.ts';
import { configurationLine, pageText, type Experiment } from './page.ts';
import { outcomeOf, type SecondsPerRun } from './world.ts';

interface LeafPlan {
  requirements: string;
  weight: number;
  category: TaskCategory;
  finegrained: FinegrainedCategory;
  file: string;
  line: string;
}

/**
 * The rubric of a page and the checks of its leaves: per experiment configured .3 (Code Development), run .3 (Code Execution),
 * reported .4 (Result Analysis). Ids are version-4 UUIDs drawn from the page, so they are those of this paper alone.
 */
export function gradingOf(
  experiments: readonly Experiment[],
  seconds: SecondsPerRun,
): { rubric: RubricNode; checks: Checks } {
  const random = createRandom(deriveSeed('rubric', pageText(experiments), seconds.min, seconds.max));
  const checks: Checks = {};
  const root = inner(uuid(random.next), 'Every experiment of the paper is reproduced.');
  const subTasks = experiments.map((experiment) => {
    const parent = inner(uuid(random.next), `Experiment ${experiment.name} is reproduced.`);
    const children = leafPlans(experiment, seconds).map((plan) => {
      const id = uuid(random.next);
      checks[id] = { command: `cat ${plan.file}`, expect: { lastLine: { of: experiment.name, equals: plan.line } } };
      return leaf(id, plan);
    });
    return { ...parent, sub_tasks: children };
  });
  return { rubric: rubricNode({ ...root, sub_tasks: subTasks }), checks };
}

function leafPlans(experiment: Experiment, seconds: SecondsPerRun): LeafPlan[] {
  const configuration = configurationLine(experiment);
  const { record, result } = outcomeOf(experiment, seconds);
  return [
    {
      requirements: `Experiment ${experiment.name} is configured as the paper says: ${configuration}.`,
      weight: 3,
      category: 'Code Development',
      finegrained: 'Experimental Setup',
      file: 'runs.txt',
      line: configuration,
    },
    {
      requirements: `Experiment ${experiment.name} was run to its end with the configuration of the paper.`,
      weight: 3,
      category: 'Code Execution',
      finegrained: 'Experimental Setup',
      file: 'log.txt',
      line: record,
    },
    {
      requirements: `The accuracy of experiment ${experiment.name} is reported as it was evaluated: ${result}.`,
      weight: 4,
      category: 'Result Analysis',
      finegrained: 'Evaluation, Metrics & Benchmarking',
      file: 'results.txt',
      line: result,
    },
  ];
}

const inner = (id: string, requirements: string): Record<string, unknown> => ({
  id,
  requirements,
  weight: 1,
  sub_tasks: [],
  task_category: null,
  finegrained_task_category: null,
});

const leaf = (id: string, plan: LeafPlan): Record<string, unknown> => ({
  id,
  requirements: plan.requirements,
  weight: plan.weight,
  sub_tasks: [],
  task_category: plan.category,
  finegrained_task_category: plan.finegrained,
});

function uuid(next: () => number): string {
  const hex = [next(), next(), next(), next()].map((word) => word.toString(16).padStart(8, '0')).join('');
  const variant = '89ab'.charAt(Number.parseInt(hex.charAt(16), 16) % 4);
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, variant + hex.slice(17, 20), hex.slice(20)].join(
    '-',
  );
}
