import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { recipeHash } from '../../activities/recipe-hash.ts';
import { chooseRun, finishedReport, refuseOtherRecipe, type RunChoice } from '../../cli/run-choice.ts';
import { noCost } from '../../core/nothing.ts';
import { temporaryFolders } from '../support/temporary.ts';

const folder = temporaryFolders();
const ROOT = resolve('.');

function written(text: string): string {
  const file = join(folder(), 'recipe.json');
  writeFileSync(file, text);
  return file;
}

test('without arguments it is the micro recipe, under its own name', () => {
  const { run, recipe, again } = chooseRun(ROOT, {});
  expect({ run, again }).toEqual({ run: 'micro', again: 'npm start' });
  expect(recipe).toEqual(JSON.parse(readFileSync('config/recipes/micro.json', 'utf8')));
});

test('what was asked for is what goes on with it', () => {
  const choice = chooseRun(ROOT, { recipe: 'config/recipes/smoke.json', run: 'smoke-2' });
  expect(choice).toMatchObject({
    run: 'smoke-2',
    again: 'npm start -- --recipe config/recipes/smoke.json --run smoke-2',
  });
});

test('a recipe that is not there, not JSON or not a recipe is named with what is wrong', () => {
  const broken = { name: 'x', tasks: { type: 'micropapers', train: -1, heldout: 1 }, policies: {}, stages: [] };
  expect(() => chooseRun(ROOT, { recipe: 'nowhere.json' })).toThrow('there is no recipe nowhere.json');
  expect(() => chooseRun(ROOT, { recipe: written('{') })).toThrow('is not JSON');
  expect(() => chooseRun(ROOT, { recipe: written(JSON.stringify(broken)) })).toThrow(/tasks\.train: .*\(got -1\)/);
});

test('a name that no run may have is refused', () => {
  expect(() => chooseRun(ROOT, { run: 'My Run' })).toThrow('--run "My Run" must be lower-case');
});

const CHOICE: RunChoice = {
  run: 'r',
  recipe: { a: 1 },
  stages: ['distill', 'evaluate-idle'],
  trains: false,
  isVirtual: false,
  makesTasks: false,
  again: 'npm start',
};

function storeWith(files: Record<string, unknown>): string {
  const store = folder();
  mkdirSync(join(store, 'runs/r'), { recursive: true });
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(store, 'runs/r', name), JSON.stringify(content));
  return store;
}

test('the same run goes on with the same recipe, and is refused with another', () => {
  const manifest = {
    run: 'r',
    recipe: { uri: 'store:x', sha256: 'y', bytes: 1 },
    recipeHash: recipeHash(CHOICE.recipe),
    codeVersion: '1',
    workflow: { workflowId: 'r', runId: '1' },
    createdAt: '2026-01-01T00:00:00Z',
  };
  const store = storeWith({ 'manifest.json': manifest });
  expect(() => refuseOtherRecipe(store, CHOICE)).not.toThrow();
  expect(() => refuseOtherRecipe(storeWith({}), CHOICE)).not.toThrow();
  expect(() => refuseOtherRecipe(store, { ...CHOICE, recipe: { a: 2 } })).toThrow(
    'the run "r" was begun with another recipe',
  );
});

const counts = { planned: 2, scored: 1, infraFailed: 1, cancelled: 0 };
const stage = (name: string, state: string) => ({
  ...counts,
  name,
  type: 'distill',
  state,
  wanted: 2,
  seconds: 1,
  meanScore: 0,
  ends: {},
});
const report = (stages: object[], ledger: object = counts) => ({
  run: 'r',
  recipe: { name: 'r', hash: 'h' },
  ledger,
  stages,
  evaluations: [],
  cost: noCost(),
  notes: [],
});
const DONE = [stage('distill', 'completed'), stage('evaluate-idle', 'skipped')];

test.each([
  ['all its stages have ended and its ledger closes', report(DONE), true],
  ['its ledger does not close', report(DONE, { ...counts, planned: 3 }), false],
  ['a stage was cancelled', report([DONE[0] as object, stage('evaluate-idle', 'cancelled')]), false],
  ['a stage is missing', report([DONE[0] as object]), false],
])('a run counts as finished only by its report: %s', (_case, content, finished) => {
  expect(finishedReport(storeWith({ 'report.json': content }), CHOICE) !== undefined).toBe(finished);
});

test('a run without a report is not finished', () => {
  expect(finishedReport(storeWith({}), CHOICE)).toBeUndefined();
});
