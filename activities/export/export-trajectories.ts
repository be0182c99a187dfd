import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { adpTrajectory } from '../../core/export/adp.ts';
import { chatMessages, chatPrompt, chatTools } from '../../core/export/chat.ts';
import type { ExportedTrajectory, ExportSettings } from '../../core/export/trajectory.ts';
import { sha256Of } from '../dataset/hash.ts';
import { openChatParquet } from './chat-parquet.ts';

/** `manifest.json` of an export, written last. */
export interface ExportManifest {
  kind: 'trajectories';
  run: string;
  stage: string;
  thinking: ExportSettings['thinking'];
  trajectories: number;
  turns: number;
  /** Trajectories of which nobody has kept what their policy was told: it is told by the prompts of the day of the export. */
  assumed: number;
  files: { path: string; sha256: string; bytes: number }[];
}

export interface ExportRequest {
  folder: string;
  run: string;
  stage: string;
  settings: ExportSettings;
  /** In the order in which they are written. */
  trajectories: AsyncIterable<ExportedTrajectory>;
}

const FILES = ['messages.jsonl', 'messages.parquet', 'prompt-completion.jsonl', 'adp.jsonl'] as const;

/**
 * Writes trajectories one by one in the shapes that others read; the folder appears whole, in place of an export that was there.
 */
export async function exportTrajectories(request: ExportRequest): Promise<ExportManifest> {
  const { folder, run, stage, settings } = request;
  const aside = `${folder}.partial`;
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { recursive: true });
  const counts = await writeAll(aside, request);
  const files = await Promise.all(
    FILES.map(async (path) => {
      const [sha256, { size }] = [await sha256Of(join(aside, path)), await stat(join(aside, path))];
      return { path, sha256, bytes: size };
    }),
  );
  const manifest: ExportManifest = { kind: 'trajectories', run, stage, ...settings, ...counts, files };
  await writeFile(join(aside, 'README.md'), cardOf(manifest));
  await writeFile(join(aside, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`, { flush: true });
  await rm(folder, { recursive: true, force: true });
  await rename(aside, folder);
  return manifest;
}

async function writeAll(
  folder: string,
  { trajectories, settings }: ExportRequest,
): Promise<Pick<ExportManifest, 'trajectories' | 'turns' | 'assumed'>> {
  const lines = Object.fromEntries(
    FILES.filter((file) => file.endsWith('.jsonl')).map((file) => [file, openSync(join(folder, file), 'w')]),
  );
  const parquet = openChatParquet(join(folder, 'messages.parquet'));
  const write = (file: (typeof FILES)[number], row: unknown): void =>
    void writeSync(lines[file] as number, `${JSON.stringify(row)}\n`);
  const counts = { trajectories: 0, turns: 0, assumed: 0 };
  for await (const trajectory of trajectories) {
    const { id, task, policy, score } = trajectory;
    const named = { id, task, policy, score };
    const messages = chatMessages(trajectory, settings);
    const tools = chatTools(trajectory);
    const prompt = chatPrompt(trajectory);
    write('messages.jsonl', { ...named, messages, tools });
    write('prompt-completion.jsonl', { ...named, prompt, completion: messages.slice(prompt.length), tools });
    write('adp.jsonl', adpTrajectory(trajectory, settings));
    parquet.add({ ...named, messages, tools });
    counts.trajectories += 1;
    counts.turns += trajectory.turns.length;
    if (trajectory.isAssumed) counts.assumed += 1;
  }
  parquet.close();
  for (const handle of Object.values(lines)) {
    fsyncSync(handle);
    closeSync(handle);
  }
  return counts;
}

const assumedIn = (count: number): string =>
  `\n\nThe system prompts of ${count} of them were not kept: the prompts of the day of the export stand there.`;

/** `README.md` as the Hugging Face hub reads it. */
const cardOf = ({ run, stage, thinking, trajectories, turns, assumed }: ExportManifest): string => `---
pretty_name: ${JSON.stringify(`${run} ${stage}`)}
task_categories:
- text-generation
tags:
- longhaul
configs:
- config_name: default
  data_files:
  - split: train
    path: messages.parquet
---

# Trajectories of ${run}, stage ${stage}

${trajectories} trajectories, ${turns} turns. What was thought is ${thinking === 'keep' ? 'in them' : 'left out'}.${assumed === 0 ? '' : assumedIn(assumed)}

- \`messages.parquet\`, \`messages.jsonl\`: conversations with \`messages\` and \`tools\` (JSON Schemas, as one text), for TRL, prime-rl and chat
  templates. A call's arguments are JSON text, as chat APIs have them.
- \`prompt-completion.jsonl\`: the same with the task as \`prompt\` and all that follows as \`completion\`.
- \`adp.jsonl\`: the Agent Data Protocol, a trajectory a line.
`;
