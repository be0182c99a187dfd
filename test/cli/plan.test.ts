import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, jest, test } from '@jest/globals';
import { amount } from '../../cli/plan-text.ts';
import { run } from '../../cli/plan.ts';
import { plan as planSchema } from '../../core/plan/plan.ts';
import { temporaryFolder } from '../support/temporary.ts';

const micro = join(__dirname, '../../config/recipes/micro.json');
const recipes = join(__dirname, '../../config/recipes');
const folder = temporaryFolder();

/** What the command prints. */
async function printed(...args: string[]): Promise<string> {
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    expect(await run(args)).toBe(0);
    return write.mock.calls.map(([text]) => String(text)).join('');
  } finally {
    write.mockRestore();
  }
}

test('a person reads a line a stage, the sums, and what was taken for granted', async () => {
  const text = await printed(micro, '--rollout-slots', '16', '--judge-slots', '2');
  expect(text).toContain('micro, on 16 rollout slots and 2 judge slots');
  expect(text).toMatch(/^distill +400 +19\.2k /m);
  expect(text).toMatch(/^in all +1,?728 /m);
  expect(text).toMatch(/^ {2}turns +48 +\(default\) +turns of a rollout that nothing cuts$/m);
});

test('with --json it is what the published schema says, on the slots that were given', async () => {
  const plan = planSchema.parse(JSON.parse(await printed(micro, '--json', '--rollout-slots', '16')));
  expect(plan.slots.rollout).toBe(16);
  expect(plan.total.rollouts).toBe(1728);
});

test.each(readdirSync(recipes).filter((name) => name.endsWith('.json')))(
  'the shipped recipe %s can be planned',
  async (name) => {
    const plan = planSchema.parse(JSON.parse(await printed(join(recipes, name), '--json')));
    expect(plan.stages.length).toBeGreaterThan(0);
    expect(plan.total.events).toBeGreaterThan(0);
  },
);

test('the factory alone takes as many papers as its sources may give, or as are given', async () => {
  const factory = join(recipes, 'factory.json');
  const plan = async (...args: string[]) => planSchema.parse(JSON.parse(await printed(factory, '--json', ...args)));
  const [many, few] = [await plan(), await plan('--assume', 'tasks=10')];
  expect(many.total.usd).toBeCloseTo(100 * (few.total.usd ?? 0));
  expect(few.notes).toContain('The factory waits for an operator when it has paid $500.');
});

test('an assumption is given by its name, and said to be', async () => {
  expect(await printed(micro, '--assume', 'turns=10')).toMatch(/^ {2}turns +10 +\(command line\)/m);
});

test.each([
  [[], 'name one recipe'],
  [[micro, micro], 'name one recipe'],
  [[micro, '--assume', 'turns'], '--assume takes NAME=NUMBER (got "turns")'],
  [[micro, '--assume', 'colour=1'], '--assume knows no colour; there is turns, '],
  [[micro, '--assume', 'turns=0'], '--assume turns: Too small'],
  [[micro, '--judge-slots', '0'], '--judge-slots must be a whole number from 1 (got "0")'],
])('the arguments %j are refused', async (args, message) => {
  await expect(run(args)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(message) });
});

test('a recipe that is wrong is refused with the path of every field, and one that is not there by its name', async () => {
  const file = join(folder, 'wrong.json');
  writeFileSync(
    file,
    JSON.stringify({ name: 'wrong', tasks: { type: 'micropapers', train: -1, heldout: 1 }, policies: {}, stages: [] }),
  );
  await expect(run([file])).rejects.toThrow(/wrong\.json: tasks\.train: .*\(got -1\); stages: /);
  await expect(run([join(folder, 'none.json')])).rejects.toThrow('there is no recipe');
});

test('windows that are too small for what is assumed are refused with the numbers', async () => {
  await expect(run([micro, '--assume', 'prefixTokens=180'])).rejects.toThrow(
    'student.windows, with what is assumed: the prefix holds 180 tokens; with a reserve of 26 it does not fit into 192',
  );
});

test.each([
  [0, '–'],
  [9_999, '9999'],
  [12_345, '12.3k'],
  [999_700, '1.00M'],
  [123_456_789, '123M'],
  [4.5e12, '4.50T'],
])('%d is shown as %s', (value, shown) => {
  expect(amount(value)).toBe(shown);
});
