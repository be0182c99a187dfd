import type { Outcome, Share, Wanted } from './limiter.ts';
import type { OwnerLine } from './owner-line.ts';

/** What one process has asked the owner of the limits for, and what it holds: a new owner is told of both. */
export interface Claims {
  add(wanted: Wanted): { id: number; share: Promise<Share> };
  /** Says it on this line, where it was not said there already. */
  askOn(line: OwnerLine, id: number): void;
  repeatOn(line: OwnerLine): void;
  granted(id: number, by: OwnerLine): void;
  /** Nobody waits for this one any more. */
  leave(id: number, reason: Error): void;
  failAll(reason: Error): void;
  /** Whether something is held or waited for: a new owner must hear of it. */
  any(): boolean;
}

interface Asked {
  wanted: Wanted;
  /** The line on which the owner was asked. */
  on: OwnerLine | undefined;
  grant(share: Share): void;
  fail(reason: Error): void;
}

/** `tell` says something to the owner of the moment, where there is one. */
export function createClaims(tell: (say: (line: OwnerLine) => void) => void): Claims {
  const asked = new Map<number, Asked>();
  const held = new Map<number, Wanted>();
  let lastId = 0;

  const shareOf = (id: number): Share => ({
    settle(outcome: Outcome) {
      // Where the owner is gone, its successor never hears of this share.
      if (held.delete(id)) tell((line) => line.say({ type: 'settle', id, outcome }));
    },
  });

  function askOn(line: OwnerLine, id: number): void {
    const waiter = asked.get(id);
    if (!waiter || waiter.on === line) return;
    waiter.on = line;
    const ageMs = performance.now() - waiter.wanted.since;
    line.say({ type: 'acquire', id, wanted: withoutAge(waiter.wanted), ageMs });
  }

  return {
    add(wanted) {
      const id = (lastId += 1);
      return { id, share: new Promise((grant, fail) => asked.set(id, { wanted, on: undefined, grant, fail })) };
    },
    askOn,
    repeatOn(line) {
      for (const [id, wanted] of held) line.say({ type: 'held', id, wanted: withoutAge(wanted) });
      for (const id of asked.keys()) askOn(line, id);
    },
    granted(id, by) {
      const waiter = asked.get(id);
      if (!waiter) return by.say({ type: 'drop', id });
      asked.delete(id);
      held.set(id, waiter.wanted);
      waiter.grant(shareOf(id));
    },
    leave(id, reason) {
      asked.get(id)?.fail(reason);
      asked.delete(id);
      tell((line) => line.say({ type: 'drop', id }));
    },
    failAll(reason) {
      for (const waiter of asked.values()) waiter.fail(reason);
      asked.clear();
    },
    any: () => asked.size + held.size > 0,
  };
}

const withoutAge = ({ key, limits }: Wanted): Omit<Wanted, 'since'> => ({ key, limits });
