import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { PolicyRequest } from '../../../activities/policies/policy.ts';
import { createStudent } from '../../../activities/policies/student.ts';
import { createFolderStore } from '../../../activities/store.ts';
import type { ChatFiles } from '../../../activities/tokens/chat-files.ts';
import { createRenderer } from '../../../activities/tokens/renderer.ts';
import { createTranscriber } from '../../../activities/tokens/transcribe.ts';
import { keys } from '../../../core/names.ts';
import { READING_COMMANDS } from '../../../core/reading.ts';
import { observationTokens, studentSettings } from '../../../core/student.ts';
import type { Turn } from '../../../core/trajectory.ts';
import { byteLevelFiles } from '../../support/byte-tokenizer.ts';
import { completionsServer, type Said } from '../../support/completions-server.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { TOOL_TEMPLATES } from '../../support/tool-templates.ts';

const store = createFolderStore(temporaryFolder());
const settings = studentSettings.parse({
  windows: { maxTokens: 16_000, overlap: 1000, reserve: 2000 },
  sampling: { maxTokens: 1000 },
  observationTokens: 900,
  renderer: { toolFormat: 'tools' },
});
const never = new AbortController().signal;

/** The student, served by what the test says. */
async function served(checkpoint: string, files: ChatFiles, say: () => Said) {
  const folder = store.path(keys.checkpoint('run', checkpoint));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(files.tokenizer));
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(files.config));
  await writeFile(join(folder, 'chat_template.jinja'), files.template);
  const server = await completionsServer(say);
  const address = { baseUrl: server.baseUrl, model: `run/${checkpoint}`, version: 'v1' };
  await store.writeJson(keys.serving('run', checkpoint), address);
  const student = createStudent({ settings, store, run: 'run', checkpoint, seed: 7 });
  return { student, asked: server.asked };
}

describe.each(TOOL_TEMPLATES)('a student that calls tools as $family does', ({ family, template, marks }) => {
  const checkpoint = family.toLowerCase().replaceAll(/\W/g, '-');
  const files = byteLevelFiles(template, marks);
  const renderer = createRenderer(files, settings.renderer);

  const request = (turns: Turn[] = []): PolicyRequest => ({ rollout: 'run.a.0.t.0', instructions: 'Go.', turns });
  const meant = [
    { id: '', name: 'bash', input: { command: 'printf \'a\\n\' > "b c"\nls' } },
    { id: '', name: 'read_file', input: { path: 'paper/paper.md', page: 2 } },
  ];

  test('what it sampled is read as words and calls', async () => {
    const sampled = renderer.encodeAction({ text: 'I look.', calls: meant });
    const { student } = await served(checkpoint, files, () => ({ ids: sampled }));
    const answer = await student.nextTurn(request(), never);
    expect(answer.calls).toEqual(meant.map((call, index) => ({ ...call, id: `t0.${index}` })));
    expect(answer.text).toContain('I look.');
    expect(answer.text).not.toContain('tool_call');
    expect(answer.tokenIds).toEqual(sampled);
    expect(answer.stop).toBeUndefined();
  });

  test('the half of a call is not run, and the answer says that it was cut', async () => {
    const whole = renderer.encodeAction({
      text: '',
      calls: [{ id: '', name: 'bash', input: { command: 'rm -r a/b' } }],
    });
    const { student } = await served(checkpoint, files, () => ({ ids: whole.slice(0, whole.length - 14) }));
    const { calls, stop } = await student.nextTurn(request(), never);
    expect(stop).toBe('max_tokens');
    for (const { problem } of calls) expect(problem).toContain('cut off before this call was complete');
  });

  test('what it is asked with next is what it sampled and what came back, token for token as it is trained', async () => {
    const sampled = renderer.encodeAction({ text: '', calls: meant });
    const { student, asked } = await served(checkpoint, files, () => ({ ids: sampled }));
    const answer = await student.nextTurn(request(), never);
    const result = { exitCode: 0, ended: 'exit', seconds: 1 } as const;
    const turn: Turn = {
      acted: { type: 'acted', epoch: 1, turn: 0, active: 1, ...answer },
      observed: {
        type: 'observed',
        epoch: 1,
        turn: 0,
        active: 2,
        observations: answer.calls.map(({ id }) => ({ callId: id, output: `what ${id} says`, ...result })),
      },
    };
    await student.nextTurn(request([turn]), never);
    const rows = { observationTokens: observationTokens(settings), reading: [...READING_COMMANDS], sampledIds: true };
    const { task, turns } = createTranscriber(renderer, rows)('Go.', [turn]);
    const said = turns.flatMap(({ opening, action, observation }) => [...opening, ...action, ...observation]);
    expect(asked[1]!.prompt).toEqual([...task, ...said, ...renderer.opening]);
    expect(renderer.decode(asked[1]!.prompt)).toContain('what t0.1 says');
  });
});
