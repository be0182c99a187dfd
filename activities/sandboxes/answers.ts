import { SandboxLost, StaleEpoch } from './errors.ts';

/** One line of a supervisor or of the launcher: the number of the request, and a result or an error. */
export interface Answer {
  n: number;
  ok?: unknown;
  error?: { kind: string; message: string };
}

/** The answer on a line; undefined where the other side says what is not one, and can be believed no longer. */
export function parseAnswer(line: string): Answer | undefined {
  try {
    const value = JSON.parse(line) as Partial<Answer> | null;
    const isAnswer = typeof value?.n === 'number' && ('ok' in value || isFault(value.error));
    return isAnswer ? (value as Answer) : undefined;
  } catch {
    return undefined;
  }
}

const isFault = (error: Answer['error']): boolean =>
  typeof error?.kind === 'string' && typeof error.message === 'string';

/** Waits for answers by number. `lost` rejects everything that still waits. */
export interface Pending {
  readonly size: number;
  wait(n: number): Promise<unknown>;
  settle(answer: Answer): void;
  lost(reason: string): void;
}

export function createPending(): Pending {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  return {
    get size() {
      return waiting.size;
    },
    wait: (n) => new Promise((resolve, reject) => waiting.set(n, { resolve, reject })),
    settle(answer) {
      const waiter = waiting.get(answer.n);
      waiting.delete(answer.n);
      if (answer.error) waiter?.reject(errorOf(answer.error));
      else waiter?.resolve(answer.ok);
    },
    lost(reason) {
      for (const { reject } of waiting.values()) reject(new Disconnected(reason));
      waiting.clear();
    },
  };
}

/** The other side ended before it answered: whether it acted is not known here, its journal knows. */
export class Disconnected extends Error {
  override readonly name = 'Disconnected';
}

/** Another supervisor is just opening or closing the same sandbox. */
export class Busy extends Error {
  override readonly name = 'Busy';
}

/** Calls `each` with every whole line of a stream of chunks. */
export function lineReader(each: (line: string) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  return (chunk) => {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      parts.push(chunk.subarray(from, end));
      const line = parts.length === 1 ? parts[0]!.toString() : Buffer.concat(parts).toString();
      parts = [];
      from = end + 1;
      each(line);
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
  };
}

function errorOf(error: { kind: string; message: string }): Error {
  if (error.kind === 'stale-epoch') return new StaleEpoch(error.message);
  if (error.kind === 'busy') return new Busy(error.message);
  return new SandboxLost(error.message);
}
