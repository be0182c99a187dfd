import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  admit,
  inFlight,
  membersOf,
  newGroup,
  nextBatch,
  noteEnd,
  roundsAllowed,
  trained,
  type Flow,
  type Member,
  type RlState,
} from '../../core/rl-state.ts';

const flow = (changes: Partial<Flow> = {}): Flow => ({
  steps: 4,
  tasksPerStep: 2,
  rolloutsPerTask: 2,
  maxStaleness: 0,
  concurrency: 100,
  ...changes,
});

const begin = (): RlState => ({ done: 0, checkpoint: 'sft', groups: [], rounds: 0 });

/** Plans the rounds that are allowed, as the stage does at the start of a step. */
function plan(state: RlState, limits: Flow): RlState {
  while (state.rounds < roundsAllowed(state, limits)) {
    state.rounds += 1;
    for (let task = 0; task < limits.tasksPerStep; task += 1) {
      state.groups.push(newGroup(state.rounds, `p${task}`, limits.rolloutsPerTask));
    }
  }
  return state;
}

const shown = ({ step, task, member }: Member): string => `${step}.${task}.${member}`;
const score = (state: RlState, ...ids: string[]): void => {
  for (const id of ids) {
    const [step, task, member] = id.split('.') as [string, string, string];
    expect(noteEnd(state, { step: Number(step), task, member: Number(member) }, true)).toBe(true);
  }
};

test('strictly on-policy, one round is admitted and its B groups are the batch', () => {
  const state = plan(begin(), flow());
  expect(admit(state, flow()).map(shown)).toEqual(['1.p0.0', '1.p0.1', '1.p1.0', '1.p1.1']);
  expect(admit(state, flow())).toEqual([]);
  score(state, '1.p1.0', '1.p1.1', '1.p0.0');
  expect(nextBatch(state, flow())).toBeNull();
  score(state, '1.p0.1');
  expect(nextBatch(state, flow())?.map(({ task }) => task)).toEqual(['p0', 'p1']);
});

test('no more than so many rollouts are in flight, and the oldest groups go first', () => {
  const limits = flow({ concurrency: 3, maxStaleness: 1 });
  const state = plan(begin(), limits);
  expect(admit(state, limits).map(shown)).toEqual(['1.p0.0', '1.p0.1', '1.p1.0']);
  score(state, '1.p0.1');
  expect(admit(state, limits).map(shown)).toEqual(['1.p1.1']);
});

test('one step behind being allowed, the batch is the oldest complete groups, and the others are carried over', () => {
  const limits = flow({ maxStaleness: 1 });
  const state = plan(begin(), limits);
  admit(state, limits);
  score(state, '2.p0.0', '2.p0.1', '1.p1.0', '1.p1.1');
  const batch = nextBatch(state, limits) ?? [];
  expect(batch.map(({ step, task }) => `${step}.${task}`)).toEqual(['1.p1', '2.p0']);
  const next = plan(trained(state, batch, 'rl-1'), limits);
  expect(next.groups.map(({ step, task }) => `${step}.${task}`)).toEqual(['1.p0', '2.p1', '3.p0', '3.p1']);
  expect(inFlight(next)).toBe(4);
});

test('a group that would grow too old is waited for, however many newer ones are complete', () => {
  const limits = flow({ maxStaleness: 1 });
  let state = plan(begin(), limits);
  admit(state, limits);
  score(state, '2.p0.0', '2.p0.1', '1.p1.0', '1.p1.1');
  state = plan(trained(state, nextBatch(state, limits) ?? [], 'rl-1'), limits);
  admit(state, limits);
  score(state, '3.p0.0', '3.p0.1', '3.p1.0', '3.p1.1', '2.p1.0', '2.p1.1');
  expect(nextBatch(state, limits)).toBeNull();
  score(state, '1.p0.0', '1.p0.1');
  expect(nextBatch(state, limits)?.map(({ step, task }) => `${step}.${task}`)).toEqual(['1.p0', '2.p1']);
});

test('a lost rollout is replaced alone, by the next free number, and its group waits for that one', () => {
  const state = plan(begin(), flow());
  admit(state, flow());
  expect(noteEnd(state, { step: 1, task: 'p0', member: 1 }, false)).toBe(true);
  score(state, '1.p0.0', '1.p1.0', '1.p1.1');
  expect(nextBatch(state, flow())).toBeNull();
  expect(admit(state, flow()).map(shown)).toEqual(['1.p0.2']);
  score(state, '1.p0.2');
  expect(nextBatch(state, flow())).toHaveLength(2);
});

test('an end that was noted before, or of a rollout that nobody admitted, changes nothing', () => {
  const state = plan(begin(), flow());
  admit(state, flow());
  score(state, '1.p0.0');
  const before = structuredClone(state);
  expect(noteEnd(state, { step: 1, task: 'p0', member: 0 }, true)).toBe(false);
  expect(noteEnd(state, { step: 1, task: 'p0', member: 0 }, false)).toBe(false);
  expect(noteEnd(state, { step: 7, task: 'p0', member: 0 }, true)).toBe(false);
  expect(state).toEqual(before);
});

test('whatever ends when: all groups are trained, each once, none too old, none out of B', () => {
  const limits = fc.record({
    steps: fc.integer({ min: 1, max: 6 }),
    tasksPerStep: fc.integer({ min: 1, max: 4 }),
    rolloutsPerTask: fc.integer({ min: 2, max: 4 }),
    maxStaleness: fc.integer({ min: 0, max: 3 }),
    concurrency: fc.integer({ min: 1, max: 20 }),
  });
  const choices = fc.infiniteStream(fc.nat({ max: 1000 }));
  fc.assert(
    fc.property(limits, choices, (flow, choices) => {
      const seen = run(flow, () => choices.next().value as number);
      expect(seen.admitted).toHaveLength(new Set(seen.admitted).size);
      expect(Math.max(...seen.inFlight)).toBeLessThanOrEqual(flow.concurrency);
      expect(Math.max(...seen.ages)).toBeLessThanOrEqual(flow.maxStaleness);
      expect(seen.batches.every((batch) => batch === flow.tasksPerStep)).toBe(true);
      expect(new Set(seen.trained).size).toBe(flow.steps * flow.tasksPerStep);
      expect(seen.left).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

/** Plays a stage to its end; `next` decides which rollout ends, how, and whether a batch that is ready is taken at once. */
function run(flow: Flow, next: () => number) {
  const seen = { admitted: [''], inFlight: [0], ages: [0], batches: [flow.tasksPerStep], trained: [''], left: [{}] };
  for (const list of [seen.admitted, seen.trained, seen.left]) list.pop();
  let state = plan(begin(), flow);
  while (state.done < flow.steps) {
    seen.admitted.push(...admit(state, flow).map(shown));
    seen.inFlight.push(inFlight(state));
    const batch = nextBatch(state, flow);
    const playing = state.groups.flatMap(({ step, task, playing }) =>
      playing.map((member) => ({ step, task, member })),
    );
    if (batch && (playing.length === 0 || next() % 3 > 0)) {
      seen.batches.push(batch.length);
      seen.ages.push(...batch.map(({ since }) => state.done - (since ?? 0)));
      seen.trained.push(...batch.map(({ step, task }) => `${step}.${task}`));
      state = plan(trained(state, batch, 'next'), flow);
    } else {
      const member = playing[next() % playing.length];
      if (!member) throw new Error('nothing plays, and nothing is ready: it would wait for ever');
      noteEnd(state, member, next() % 5 > 0);
    }
  }
  return { ...seen, left: state.groups };
}

test('what is carried stays small: a thousand rollouts of names and numbers are far below 64 KiB', () => {
  const limits = flow({ steps: 9, tasksPerStep: 64, rolloutsPerTask: 8, maxStaleness: 1, concurrency: 500 });
  const state = plan(begin(), limits);
  admit(state, limits);
  expect(state.groups.flatMap(membersOf)).toHaveLength(1024);
  expect(JSON.stringify(state).length).toBeLessThan(32_768);
});
