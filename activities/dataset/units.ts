import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { trajectorySource, type DatasetSpec, type TrajectorySource, type WindowsExample } from '../../core/dataset.ts';
import { drill } from '../../core/micropaper/drills.ts';
import type { RendererSettings } from '../../core/renderer-settings.ts';
import { assembleRow, IGNORED, type Row } from '../../core/rows.ts';
import { finishedTurns } from '../../core/trajectory.ts';
import { prefixLength, turnLength, windowsOf, type Transcript } from '../../core/transcript.ts';
import { WindowError, type Window } from '../../core/windows.ts';
import { readTurnLog } from '../agent/turn-log.ts';
import { loadRenderer, type Renderer } from '../tokens/renderer.ts';
import { createTranscriber } from '../tokens/transcribe.ts';
import type { DatasetRow } from './columns.ts';

/** The rows of one trajectory or drill, or why there are none. */
export type Unit =
  { rows: DatasetRow[]; example?: WindowsExample } | { leftOut: 'turn' | 'prefix'; rollout: string; why: string };

/** The units of a dataset in their order, from number `start` on. */
export type Units = (start: number) => AsyncIterable<Unit>;

type TrajectoryRows = Extract<DatasetSpec['rows'], { type: 'trajectories' }>;
type DrillRows = Extract<DatasetSpec['rows'], { type: 'drills' }>;

/** Where the units come from: the student's tokenizer folder and, for trajectories, the index of their turn logs. */
export async function openUnits(rows: DatasetSpec['rows'], at: { tokenizer: string; index: string }): Promise<Units> {
  if (rows.type === 'drills') return drillUnits(rows, await loadRenderer(at.tokenizer, DRILL_RENDERER));
  const renderer = await loadRenderer(at.tokenizer, rows.renderer);
  return trajectoryUnits(rows, renderer, at.index);
}

const DRILL_RENDERER: RendererSettings = {
  toolFormat: 'plain',
  tools: [],
  observationRole: 'tool',
  elision: '',
  variables: {},
};

function trajectoryUnits(settings: TrajectoryRows, renderer: Renderer, index: string): Units {
  const transcribe = createTranscriber(renderer, settings);
  return async function* units(start) {
    for await (const source of readIndex(index, start)) {
      const transcript = transcribe(source.instructions, finishedTurns(await readTurnLog(source.turns)));
      try {
        const windows = windowsOf(transcript, settings.windows);
        const rows = windows.map((window) => rowOf(source, assembleRow(transcript, window), window.index));
        yield {
          rows,
          example: exampleOf(source.rollout, transcript, { windows, maxTokens: settings.windows.maxTokens }),
        };
      } catch (error) {
        yield leftOut(error, source, settings.unfit);
      }
    }
  };
}

const exampleOf = (
  rollout: string,
  transcript: Transcript,
  { windows, maxTokens }: { windows: readonly Window[]; maxTokens: number },
): WindowsExample => ({
  rollout,
  prefix: prefixLength(transcript),
  maxTokens,
  turns: transcript.turns.map((turn) => ({ tokens: turnLength(turn), action: turn.action.length })),
  windows: windows.map(({ from, to, trainedFrom }) => ({ from, to, trainedFrom })),
});

/** A row with its names; with an advantage it is one for RL and must have been sampled from the student. */
function rowOf({ rollout, advantage }: TrajectorySource, row: Row, window: number): DatasetRow {
  const { input_ids, labels, old_logprobs } = row;
  const named = { input_ids, labels, rollout_id: rollout, window };
  if (advantage === undefined) return named;
  if (!old_logprobs) throw new Error(`${rollout} has no sampled log-probs: it cannot be trained by RL`);
  return { ...named, old_logprobs, advantages: advantage };
}

function leftOut(error: unknown, { rollout }: TrajectorySource, unfit: TrajectoryRows['unfit']): Unit {
  if (!(error instanceof WindowError)) throw error;
  const why = error.message;
  if (error.what === 'prefix' && unfit === 'fail') throw new WindowError('prefix', `${rollout}: ${why}`);
  return { leftOut: error.what, rollout, why };
}

async function* readIndex(file: string, start: number): AsyncIterable<TrajectorySource> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    if (number++ >= start) yield trajectorySource.parse(JSON.parse(line));
  }
}

function drillUnits({ seed, examples }: DrillRows, renderer: Renderer): Units {
  return async function* units(start) {
    for (let index = start; index < examples; index++) {
      const { words, trained } = drill(seed, index);
      const input_ids = words.map((word) => single(renderer.encode(word), word));
      const labels = input_ids.map((id, at) => (trained[at] ? id : IGNORED));
      yield { rows: [{ input_ids, labels, rollout_id: `drill-${index}`, window: 0 }] };
    }
  };
}

function single(ids: number[], word: string): number {
  if (ids.length !== 1) throw new Error(`"${word}" is ${ids.length} tokens: drills need a vocabulary of whole words`);
  return ids[0] as number;
}
