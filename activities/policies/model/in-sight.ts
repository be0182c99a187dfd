import { isReadingTurn, READING_COMMANDS } from '../../../core/reading.ts';
import type { Turn } from '../../../core/trajectory.ts';
import { windowBefore, WindowError, type WindowLimits } from '../../../core/windows.ts';
import { ContextFull } from '../policy.ts';
import type { InSight } from './conversation.ts';

/** Less than any tokenizer makes of English or code, so that a prompt holds fewer tokens than it is taken for. */
const CHARACTERS_PER_TOKEN = 3;
/** What a message takes besides its content. */
const FRAME_TOKENS = 20;

export const estimateTokens = (characters: number): number =>
  Math.ceil(characters / CHARACTERS_PER_TOKEN) + FRAME_TOKENS;

export interface Room {
  limits: WindowLimits;
  /** Characters of system prompt, tools and instructions. */
  opening: number;
  observationCharacters: number;
}

/**
 * The turns that the next prompt holds, by the same rule as a student's windows. Sizes follow from the turn log alone, so an
 * attempt that takes a rollout up again sees the same. Throws ContextFull where nothing fits.
 */
export function inSight(room: Room, turns: readonly Turn[]): InSight {
  const reading = readingTurns(turns);
  const sizes = turns.map((turn) => sizeOf(turn, room.observationCharacters));
  const prefix = estimateTokens(room.opening) + sum(sizes.slice(0, reading));
  const rest = sizes.slice(reading).map((size) => Math.min(size, room.limits.reserve));
  try {
    return { reading, from: reading + windowBefore(prefix, rest, room.limits).from };
  } catch (error) {
    if (error instanceof WindowError) throw new ContextFull(error.message, { cause: error });
    throw error;
  }
}

/** How many turns at the beginning read the paper: they are pinned. */
function readingTurns(turns: readonly Turn[]): number {
  const first = turns.findIndex((turn, index) => !isReadingTurn(turn, turns.slice(0, index), READING_COMMANDS));
  return first === -1 ? turns.length : first;
}

function sizeOf({ acted, observed }: Turn, most: number): number {
  const came = sum(observed.observations.map(({ output }) => output.length));
  return acted.usage.outputTokens + estimateTokens(Math.min(came, most));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
