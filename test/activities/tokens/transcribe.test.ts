import { expect, test } from '@jest/globals';
import { createRenderer } from '../../../activities/tokens/renderer.ts';
import { createTranscriber, type TranscribeSettings } from '../../../activities/tokens/transcribe.ts';
import { wordLevelFiles } from '../../../activities/tokens/wordlevel.ts';
import { READING_COMMANDS } from '../../../core/reading.ts';
import { rendererSettings } from '../../../core/renderer-settings.ts';
import { assembleRow, IGNORED } from '../../../core/rows.ts';
import { contextOf, windowsOf, type Transcript } from '../../../core/transcript.ts';
import type { Turn } from '../../../core/trajectory.ts';
import { vocabulary } from '../../../core/micropaper/vocabulary.ts';
import { windowsConfig } from '../../../core/windows-config.ts';

const files = wordLevelFiles(vocabulary());
const renderer = createRenderer(
  {
    tokenizer: JSON.parse(files['tokenizer.json'] ?? '') as object,
    config: JSON.parse(files['tokenizer_config.json'] ?? '') as Record<string, unknown>,
    template: files['chat_template.jinja'] ?? '',
  },
  rendererSettings.parse({}),
);
const SETTINGS: TranscribeSettings = { observationTokens: 6, reading: [...READING_COMMANDS], sampledIds: true };
const PAGE = 'e01 lr=01 depth=02 . e02 lr=03 depth=04 . e03 lr=05 depth=06 .';

const ids = (text: string): number[] => text.split(' ').map((word) => vocabulary().indexOf(word));

interface Said {
  tokenIds?: number[];
  logProbs?: number[];
}

function turnOf(command: string, output: string, said: Said = {}): Turn {
  const common = { epoch: 1, turn: 3, active: 0 };
  const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 };
  const call = { id: 'c', name: 'sh', input: { command } };
  const result = { callId: 'c', output, exitCode: 0, ended: 'exit' as const, seconds: 1 };
  return {
    acted: { type: 'acted', ...common, text: command, calls: [call], usage, policyVersion: 'v', ...said },
    observed: { type: 'observed', ...common, observations: [result] },
  };
}

const transcribe = (turns: Turn[], settings = SETTINGS): Transcript =>
  createTranscriber(renderer, settings)('reproduce each experiment', turns);

test('the reading turn stands whole in the prefix; what other turns brought is elided to the cap', () => {
  const { task, reading, turns } = transcribe([turnOf('cat paper.md', PAGE), turnOf('cat paper.md', PAGE)]);
  expect(task).toEqual(ids('<bos> <user> reproduce each experiment'));
  expect(reading.map(({ observation }) => observation)).toEqual([ids(`<tool> ${PAGE}`)]);
  expect(turns.map(({ observation }) => observation)).toEqual([ids('<tool> e01 lr=01 [...] depth=06 .')]);
});

test('sampled ids and their log-probs are taken as they came, whatever the text says', () => {
  const tokenIds = ids('ls <unk> <end>');
  const [turn] = transcribe([turnOf('ls', 'paper.md', { tokenIds, logProbs: [-1, -2, -3] })]).turns;
  expect(turn).toMatchObject({ action: tokenIds, logProbs: [-1, -2, -3], observation: ids('<tool> paper.md') });
});

test('a teacher whose ids are of another tokenizer is read by its text', () => {
  const said = { tokenIds: [900, 901], logProbs: [-1, -2] };
  const [turn] = transcribe([turnOf('ls', '', said)], { ...SETTINGS, sampledIds: false }).turns;
  expect(turn).toEqual({ opening: ids('<assistant>'), action: ids('ls <end>'), observation: ids('<tool>') });
});

test('a turn that the sampling limit cut has its end as context, within the cap, and not as its own word', () => {
  const [turn] = transcribe([turnOf('ls ls', PAGE, { tokenIds: ids('ls ls'), logProbs: [-1, -2] })]).turns;
  expect(turn?.action).toEqual(ids('ls ls'));
  expect(turn?.observation).toEqual(ids('<end> <tool> e01 lr=01 [...] .'));
});

test('ids and log-probs of different lengths are an error', () => {
  const wrong = turnOf('ls', '', { tokenIds: ids('ls <end>'), logProbs: [-1] });
  expect(() => transcribe([wrong])).toThrow('turn 3 has 2 token ids but 1 log-probs');
});

test('the prompts of a rollout are the beginnings of its training rows, through the renderer as well', () => {
  const commands = ['cat paper.md', 'ls', 'sh run.sh e01', 'echo e01 acc=24 >> results.txt', 'ls', 'sh eval.sh e02'];
  const turns = commands.map((command, at) => turnOf(command, at === 0 ? PAGE : 'e01 loss=50 loss=20'));
  const config = windowsConfig.parse({ maxTokens: 48, overlap: 9, reserve: 14 });
  const whole = transcribe(turns);
  const rows = windowsOf(whole, config).map((window) => assembleRow(whole, window));
  expect(rows.length).toBeGreaterThan(2);
  const trained = rows.flatMap(({ input_ids, labels }) =>
    labels.flatMap((label, at) => (label !== IGNORED && labels[at - 1] === IGNORED ? [input_ids.slice(0, at)] : [])),
  );
  const inLoop = createTranscriber(renderer, SETTINGS);
  const prompts = turns.map((_, at) => [
    ...contextOf(inLoop('reproduce each experiment', turns.slice(0, at)), config),
    ...renderer.opening,
  ]);
  expect(trained).toEqual(prompts);
});
