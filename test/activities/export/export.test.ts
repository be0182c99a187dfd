import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { ExportManifest } from '../../../activities/export/export-trajectories.ts';
import { adpTrajectory } from '../../../core/export/adp.ts';
import { chatMessages, chatTools } from '../../../core/export/chat.ts';
import { temporaryFolders } from '../../support/temporary.ts';
import { readRows } from '../dataset/dataset-tools.ts';
import { PAPER, PLAIN } from './trajectories.ts';

const folder = temporaryFolders();
const KEEP = { thinking: 'keep' } as const;

test('a trajectory with tools is a conversation as chat APIs have it, ids unique within it', () => {
  expect(chatMessages(PAPER, KEEP)).toEqual([
    { role: 'system', content: 'You reproduce papers.' },
    { role: 'user', content: 'Reproduce the paper.' },
    {
      role: 'assistant',
      content: 'I read it.',
      reasoning_content: 'first the paper',
      tool_calls: [
        {
          id: 't0.toolu_0_0',
          type: 'function',
          function: { name: 'read_file', arguments: '{"path":"paper/paper.md","page":1}' },
        },
        { id: 't0.toolu_0_1', type: 'function', function: { name: 'bash', arguments: '{"command":"ls"}' } },
      ],
    },
    { role: 'tool', content: '# A paper', tool_call_id: 't0.toolu_0_0', name: 'read_file' },
    { role: 'tool', content: 'paper\n', tool_call_id: 't0.toolu_0_1', name: 'bash' },
    { role: 'assistant', content: 'Done for now.' },
    {
      role: 'assistant',
      content: '',
      tool_calls: [{ id: 't2.toolu_2_0', type: 'function', function: { name: 'submit', arguments: '{}' } }],
    },
  ]);
  expect(JSON.parse(chatTools(PAPER))).toEqual([
    {
      type: 'function',
      function: { name: 'bash', description: 'Runs a command.', parameters: PAPER.tools[0]?.inputSchema },
    },
  ]);
});

test('where the text is the command, what came back is the next message', () => {
  expect(chatMessages(PLAIN, KEEP)).toEqual([
    { role: 'user', content: 'reproduce each experiment .' },
    { role: 'assistant', content: 'cat paper.md' },
    { role: 'user', content: 'e01 lr=08 .\n' },
    { role: 'assistant', content: 'submit' },
  ]);
});

test('thoughts are left out where the rule says so, and signatures always', () => {
  const dropped = JSON.stringify([
    chatMessages(PAPER, { thinking: 'drop' }),
    adpTrajectory(PAPER, { thinking: 'drop' }),
  ]);
  expect(dropped).not.toContain('first the paper');
  expect(dropped).not.toContain('hidden');
  expect(JSON.stringify(chatMessages(PAPER, KEEP))).not.toContain('signature');
});

test('in the Agent Data Protocol every call has its result beside it, by id', () => {
  const { content, ...rest } = adpTrajectory(PAPER, KEEP);
  expect(rest).toEqual({
    schema_version: '1.5.0',
    id: PAPER.id,
    available_code_languages: ['bash'],
    details: { task: 'paper', policy: 'claude', score: 0.75 },
  });
  expect(content).toEqual([
    { class_: 'text_observation', content: 'You reproduce papers.', source: 'system' },
    { class_: 'text_observation', content: 'Reproduce the paper.', source: 'user' },
    {
      class_: 'api_action',
      function: 'read_file',
      kwargs: { path: 'paper/paper.md', page: 1 },
      reasoning_content: 'first the paper',
      description: 'I read it.',
      tool_call_id: 't0.toolu_0_0',
    },
    { class_: 'text_observation', content: '# A paper', source: 'environment', tool_call_id: 't0.toolu_0_0' },
    { class_: 'code_action', language: 'bash', content: 'ls', description: null, tool_call_id: 't0.toolu_0_1' },
    { class_: 'text_observation', content: 'paper\n', source: 'environment', tool_call_id: 't0.toolu_0_1' },
    { class_: 'message_action', content: 'Done for now.' },
    { class_: 'api_action', function: 'submit', kwargs: {}, description: null, tool_call_id: 't2.toolu_2_0' },
    { class_: 'text_observation', content: '', source: 'environment', tool_call_id: 't2.toolu_2_0' },
  ]);
});

test('an export is a folder that appears whole, the same bytes each time, in place of the one before', () => {
  const target = join(folder(), 'out');
  const first = exported(target);
  expect(first).toMatchObject({ kind: 'trajectories', trajectories: 2, turns: 5, thinking: 'keep' });
  expect(exported(target)).toEqual(first);
  const jsonl = readFileSync(join(target, 'messages.jsonl'), 'utf8').trim().split('\n');
  expect(JSON.parse(jsonl[0] ?? '')).toMatchObject({ id: PAPER.id, score: 0.75, messages: chatMessages(PAPER, KEEP) });
  const rows = readRows(join(target, 'messages.parquet'));
  expect(rows.map(({ id }) => id)).toEqual([PAPER.id, PLAIN.id]);
  expect(rows[1]).toMatchObject({ messages: chatMessages(PLAIN, KEEP), tools: '[]' });
});

/** Exports both in a process of its own: the writer of Parquet is an ES module. */
function exported(target: string): ExportManifest {
  const script = ['--require', './tools/typescript.cjs', 'test/trainer/export-trajectories.ts', target];
  execFileSync(process.execPath, script);
  return JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8')) as ExportManifest;
}
