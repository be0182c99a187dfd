import type { RowSettings } from '../../core/dataset.ts';
import { isReadingTurn } from '../../core/reading.ts';
import { addTurn, openTranscript, type Transcript, type TurnTokens } from '../../core/transcript.ts';
import type { Turn } from '../../core/trajectory.ts';
import type { Renderer } from './renderer.ts';

export type TranscribeSettings = Pick<RowSettings, 'observationTokens' | 'reading' | 'sampledIds'>;

/** Instructions and finished turns as tokens. The agent loop and the dataset builder both use it. */
export type Transcribe = (instructions: string, turns: readonly Turn[]) => Transcript;

/** The instructions and each turn are put into tokens once, however often their rollout is transcribed. */
export function createTranscriber(renderer: Renderer, settings: TranscribeSettings): Transcribe {
  const reading = remembered((turn) => turnTokens(renderer, turn, { ...settings, observationTokens: Infinity }));
  const other = remembered((turn) => turnTokens(renderer, turn, settings));
  let task = { instructions: '', ids: [] as number[] };
  return (instructions, turns) => {
    if (task.ids.length === 0 || task.instructions !== instructions) {
      task = { instructions, ids: renderer.renderPrefix([{ role: 'user', content: instructions }]) };
    }
    let transcript = openTranscript(task.ids);
    for (const [index, turn] of turns.entries()) {
      const reads = transcript.turns.length === 0 && isReadingTurn(turn, turns.slice(0, index), settings.reading);
      transcript = addTurn(transcript, reads ? reading(turn) : other(turn), reads);
    }
    return transcript;
  };
}

function remembered(make: (turn: Turn) => TurnTokens): (turn: Turn) => TurnTokens {
  const made = new WeakMap<Turn, TurnTokens>();
  return (turn) => {
    const tokens = made.get(turn) ?? make(turn);
    made.set(turn, tokens);
    return tokens;
  };
}

/** Sampled ids as they came; a turn that the sampling limit cut gets the missing end as context, not as its own words. */
function turnTokens(renderer: Renderer, { acted, observed }: Turn, settings: TranscribeSettings): TurnTokens {
  const { tokenIds, logProbs } = settings.sampledIds ? acted : {};
  if (tokenIds && logProbs && tokenIds.length !== logProbs.length) {
    throw new Error(`turn ${acted.turn} has ${tokenIds.length} token ids but ${logProbs.length} log-probs`);
  }
  const action = tokenIds ?? renderer.encodeAction(acted);
  const end = action.at(-1) === renderer.endOfTurnId ? [] : [renderer.endOfTurnId];
  const outputs = observed.observations.map(({ output }) => output);
  const cap = settings.observationTokens === Infinity ? undefined : settings.observationTokens - end.length;
  return {
    opening: renderer.opening,
    action,
    ...(tokenIds && logProbs ? { logProbs } : {}),
    observation: [...end, ...renderer.renderObservation(outputs, cap)],
  };
}
