import { keys, parseRolloutId } from '../../core/names.ts';
import { READING_COMMANDS } from '../../core/reading.ts';
import type { Recipe } from '../../core/recipe.ts';
import { observationTokens } from '../../core/student.ts';
import { windowsOf } from '../../core/transcript.ts';
import { invalidInput } from '../failures.ts';
import { rendererOf } from '../policies/renderers.ts';
import type { Store } from '../store.ts';
import { createInstructionsReader } from '../tasks.ts';
import { createTranscriber } from '../tokens/transcribe.ts';
import type { Played } from './batch.ts';

/** Counts into how many windows a rollout is split, by the rule that makes its training rows. */
export async function countWindows(
  store: Store,
  { run, checkpoint, recipe }: { run: string; checkpoint: string; recipe: Recipe },
  rollouts: readonly Played[],
): Promise<Map<string, number>> {
  const { student } = recipe;
  if (!student) throw invalidInput('the recipe has no student');
  const renderer = await rendererOf(store.path(keys.checkpoint(run, checkpoint)), student.renderer);
  const rows = { observationTokens: observationTokens(student), reading: [...READING_COMMANDS], sampledIds: true };
  const windows = { ...student.windows, mode: 'windows' as const, overlapLoss: 'once' as const };
  const instructions = createInstructionsReader(store);
  const counted = rollouts.map(async ({ record, turns }) => {
    const text = await instructions(run, parseRolloutId(record.rollout).task);
    // One transcriber for each: it remembers what it has put into tokens.
    const transcript = createTranscriber(renderer, rows)(text, turns);
    return [record.rollout, windowsOf(transcript, windows).length] as const;
  });
  return new Map(await Promise.all(counted));
}
