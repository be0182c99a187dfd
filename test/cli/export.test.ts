import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { startRun } from '../../activities/bookkeeping/start-run.ts';
import { createFolderStore, type Store } from '../../activities/store.ts';
import { exportCheckpoint } from '../../cli/export-checkpoint.ts';
import { run } from '../../cli/export.ts';
import { keys } from '../../core/names.ts';
import { sampleReport } from '../activities/report/sample.ts';
import { makeCheckpoint } from '../support/trainer.ts';
import { temporaryFolder } from '../support/temporary.ts';

const home = temporaryFolder();
const smoke = JSON.parse(readFileSync(join(__dirname, '../../config/recipes/smoke.json'), 'utf8')) as unknown;
const workflow = { workflowId: 'w', runId: 'r' };

async function begun(name: string): Promise<Store> {
  const store = createFolderStore(join(home, name));
  await startRun({ store, codeVersion: 'test' }, { run: 'smoke', recipe: smoke, workflow });
  return store;
}

/** A checkpoint of these files, as the trainer leaves one. */
async function checkpoint(store: Store, name: string, files: Record<string, string>): Promise<void> {
  const folder = keys.checkpoint('smoke', name);
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  for (const [file, text] of Object.entries(files)) await store.write(`${folder}/${file}`, text);
  await store.writeJson(`${folder}/manifest.json`, {
    job: `smoke.${name}`,
    kind: 'sft',
    settings: sha256('settings'),
    step: 10,
    steps: 10,
    parent: { path: 'p', sha256: sha256('parent') },
    batch: [],
    files: Object.fromEntries(
      Object.entries(files).map(([file, text]) => [file, { sha256: sha256(text), bytes: text.length }]),
    ),
    metrics: { loss: 0.5 },
    versions: { torch: '2.9' },
  });
}

const FILES = {
  'config.json': '{}',
  'model.safetensors': 'weights',
  'tokenizer.json': '{}',
  'trainer_state.safetensors': 'x',
};

test('what transformers loads is copied, with a card; what only the trainer needs is not', async () => {
  const store = await begun('one');
  await checkpoint(store, 'sft', FILES);
  await store.writeJson(keys.report('smoke'), sampleReport());
  const folder = join(home, 'student');
  const files = await exportCheckpoint(store, { run: 'smoke', checkpoint: 'sft', folder });
  expect(files).toEqual(['README.md', 'config.json', 'model.safetensors', 'tokenizer.json']);
  expect(readdirSync(folder).toSorted()).toEqual(files);
  expect(readFileSync(join(folder, 'model.safetensors'), 'utf8')).toBe('weights');
  const card = readFileSync(join(folder, 'README.md'), 'utf8');
  expect(card).toMatch(/^---\nlibrary_name: transformers\n/);
  expect(card).toContain('| heldout | 96 | 0.463 ± 0.016 |');
  expect(card).toContain('Its last job, of kind sft, made 10 steps.');
});

test('a file that is not the one of the manifest is refused, and nothing is left behind', async () => {
  const store = await begun('two');
  await checkpoint(store, 'sft', FILES);
  writeFileSync(store.path(`${keys.checkpoint('smoke', 'sft')}/model.safetensors`), 'wheights');
  const folder = join(home, 'damaged', 'student');
  await expect(exportCheckpoint(store, { run: 'smoke', checkpoint: 'sft', folder })).rejects.toThrow(
    /model\.safetensors is not the file that its manifest names: the checkpoint is damaged/,
  );
  expect(readdirSync(join(home, 'damaged'))).toEqual([]);
});

test('an unknown checkpoint is refused with those that there are; one without its manifest is none', async () => {
  const store = await begun('three');
  await checkpoint(store, 'base', FILES);
  await store.write(`${keys.checkpoint('smoke', 'half')}/config.json`, '{}');
  const asked = { run: 'smoke', folder: join(home, 'none') };
  await expect(exportCheckpoint(store, { ...asked, checkpoint: 'half' })).rejects.toThrow(
    'the run "smoke" has no checkpoint "half"; there is base',
  );
  await expect(exportCheckpoint(store, { ...asked, run: 'other', checkpoint: 'sft' })).rejects.toThrow('it has none');
});

test('a folder that holds something is never written into', async () => {
  const store = await begun('four');
  await checkpoint(store, 'sft', FILES);
  const asked = { run: 'smoke', checkpoint: 'sft', folder: join(home, 'four') };
  await expect(exportCheckpoint(store, asked)).rejects.toThrow('is not empty');
});

test.each([[[]], [['micro']], [['micro/sft']], [['micro/sft', 'a', 'b']], [['a/b/c', 'd']]])(
  'the arguments %j are not understood',
  async (args) => {
    await expect(run(args)).rejects.toMatchObject({ exitCode: 2 });
  },
);

test('a checkpoint of the real trainer loads as any Hugging Face model, and speaks', async () => {
  const store = await begun('real');
  const python = await makeCheckpoint(store, 'smoke', 'init');
  const folder = join(home, 'real-student');
  await exportCheckpoint(store, { run: 'smoke', checkpoint: 'init', folder });
  const program = `
import sys, transformers
model = transformers.AutoModelForCausalLM.from_pretrained(sys.argv[1])
tokenizer = transformers.AutoTokenizer.from_pretrained(sys.argv[1])
ids = tokenizer("ls", return_tensors="pt")
print(model.generate(**ids, max_new_tokens=2).shape[1] - ids["input_ids"].shape[1])
`;
  const { stdout } = await promisify(execFile)(python, ['-c', program, folder], { cwd: home });
  expect(stdout.trim()).toBe('2');
});
