import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { configurationLine, experimentName, twoDigits, type Experiment } from '../../../core/micropaper/page.ts';
import { outcomeOf } from '../../../core/micropaper/world.ts';
import { createRandom } from '../../../core/random.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

const PER_RUN = { min: 20, max: 80 };
const EVALUATION_SECONDS = 1;
let workspace: Workspace;
beforeAll(() => {
  workspace = openWorkspace();
});
afterAll(() => workspace.remove());
beforeEach(() => {
  workspace.sh('rm -f runs.txt log.txt results.txt addendum.md');
  workspace.slept();
});

function randomExperiment(seed: number): Experiment {
  const random = createRandom(seed);
  const [name, lr, depth] = [experimentName(1 + random.below(16)), random.below(32), random.below(32)];
  return random.chance(0.5) ? { name, lr, depth, warmup: random.below(32) } : { name, lr, depth };
}

describe('the programs in the workspace and the arithmetic here', () => {
  test('agree on time, losses, record and accuracy of hundreds of configurations', () => {
    for (let seed = 0; seed < 300; seed += 1) {
      const experiment = randomExperiment(seed);
      const { name } = experiment;
      const { seconds, losses, record, result } = outcomeOf(experiment, PER_RUN);
      const done = workspace.sh(
        `echo ${configurationLine(experiment)} >> runs.txt; sh run.sh ${name}; tail -n 1 log.txt; sh eval.sh ${name}`,
      );
      const printed = losses.map((loss, epoch) => `${name} epoch ${epoch + 1} loss=${twoDigits(loss)} .\n`).join('');
      expect(done).toEqual({ output: `${printed}${record}\n${result}\n`, exitCode: 0 });
      expect(workspace.slept()).toBe(seconds + EVALUATION_SECONDS);
    }
  });

  test('agree where the addendum states other times', () => {
    workspace.write('addendum.md', 'a run takes 3 to 5 seconds .\n');
    for (let seed = 0; seed < 30; seed += 1) {
      const experiment = randomExperiment(seed);
      const { seconds, record } = outcomeOf(experiment, { min: 3, max: 5 });
      workspace.sh(`echo ${configurationLine(experiment)} >> runs.txt; sh run.sh ${experiment.name}`);
      expect(workspace.slept()).toBe(seconds);
      expect(workspace.sh('tail -n 1 log.txt').output).toBe(`${record}\n`);
    }
  });
});

test('run times lie between the bounds and reach both', () => {
  const times = Array.from({ length: 5000 }, (_, seed) => outcomeOf(randomExperiment(seed), PER_RUN).seconds);
  expect([Math.min(...times), Math.max(...times)]).toEqual([20, 80]);
});

test('another configuration has another accuracy, but for chance', () => {
  const same = Array.from({ length: 2000 }, (_, seed) => {
    const right = randomExperiment(seed);
    return outcomeOf(right, PER_RUN).result === outcomeOf({ ...right, lr: (right.lr + 1) % 32 }, PER_RUN).result;
  });
  // One in a hundred is expected, 20 of 2000.
  expect(same.filter(Boolean).length).toBeLessThan(45);
});

describe('run.sh', () => {
  test('runs what the last line for the experiment says', () => {
    workspace.sh(
      'echo e03 lr=01 depth=02 >> runs.txt; echo e03 lr=08 depth=28 >> runs.txt; echo e04 lr=09 depth=01 >> runs.txt',
    );
    workspace.sh('sh run.sh e03');
    expect(workspace.sh('cat log.txt').output).toMatch(/^e03 lr=08 depth=28 checkpoint=\d+\n$/);
  });

  test.each([
    ['an experiment that is not configured', 'e05', 'no configuration for e05\n', 1],
    ['a configuration that it cannot read', 'e06', 'bad configuration for e06\n', 1],
    ['a configuration that would be a program', 'e07', 'bad configuration for e07\n', 1],
    ['what is no experiment', 'all', 'which experiment\n', 2],
    ['nothing', '', 'which experiment\n', 2],
  ])('refuses %s, at once and without a trace', (...[, name, output, exitCode]) => {
    workspace.write('runs.txt', 'e06 lr=08 depth=x\ne07 lr=$(touch$IFS/oops) *\n');
    expect(workspace.sh(`sh run.sh ${name}`)).toEqual({ output, exitCode });
    expect([workspace.slept(), workspace.sh('cat log.txt').exitCode]).toEqual([0, 1]);
  });

  test('has no effect when it is cut while it sleeps', () => {
    workspace.sh('echo e03 lr=08 depth=28 >> runs.txt');
    const cut = workspace.sh('set -- e03; sleep() { kill -9 $$; }; . ./run.sh');
    expect(cut).toEqual({ output: '', exitCode: null });
    expect(workspace.sh('cat log.txt').exitCode).toBe(1);
  });
});

describe('eval.sh', () => {
  test('evaluates what ran, not what is configured since', () => {
    workspace.sh('echo e03 lr=08 depth=28 >> runs.txt; sh run.sh e03; echo e03 lr=09 depth=28 >> runs.txt');
    const { result } = outcomeOf({ name: 'e03', lr: 8, depth: 28 }, PER_RUN);
    expect(workspace.sh('sh eval.sh e03').output).toBe(`${result}\n`);
  });

  test.each(['e03', ''])('refuses an experiment that did not run (%s)', (name) => {
    workspace.sh('echo e03 lr=08 depth=28 >> runs.txt');
    const output = `no run for ${name || 'which experiment'}\n`;
    expect(workspace.sh(`sh eval.sh ${name}`)).toEqual({ output, exitCode: 1 });
    expect(workspace.slept()).toBe(0);
  });
});
