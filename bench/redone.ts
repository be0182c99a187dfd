import { turnRecord, type TurnRecord } from '../core/trajectory.ts';

/** What a turn log shows of work done again after its worker had died. */
export interface Redone {
  /** Turns that were acted more than once, whichever attempt did. */
  actedAgain: number;
  /** Attempts that took over while the policy was thinking: that answer was not written yet, and is asked for again. */
  askedAgain: number;
}

/** Reads a turn log as it lies, records of attempts that had lost their lease included. */
export function redoneIn(text: string): Redone {
  const records = text.split('\n').flatMap(parseLine);
  const acted = records.filter(({ type }) => type === 'acted').map((record) => ('turn' in record ? record.turn : -1));
  const thinking = records.filter((record, index) => {
    const before = records.slice(0, index).findLast(({ type }) => type !== 'opened');
    return record.type === 'opened' && before?.type === 'observed';
  });
  return { actedAgain: acted.length - new Set(acted).size, askedAgain: thinking.length };
}

/** A line that a crash has torn, or that is no record, was never durable. */
function parseLine(line: string): TurnRecord[] {
  try {
    const { data } = turnRecord.safeParse(JSON.parse(line));
    return data ? [data] : [];
  } catch {
    return [];
  }
}
