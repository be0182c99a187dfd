import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { withHeartbeat, type Beat } from '../../../activities/agent/heartbeat.ts';

const AGES = 3_600_000;

/** Runs a body under a heartbeat; `told` resolves with everything that was told once `count` beats were. */
function beating(options: Parameters<typeof withHeartbeat>[0], count: number, body: (beat: Beat) => void) {
  const environment = new MockActivityEnvironment();
  const told: unknown[] = [];
  return environment.run(() =>
    withHeartbeat(options, async (beat) => {
      const enough = new Promise<void>((resolve) =>
        environment.on('heartbeat', (details) => told.push(details) === count && resolve()),
      );
      body(beat);
      await enough;
      return told;
    }),
  );
}

test('progress is told at once', async () => {
  const told = await beating({ heartbeatMs: AGES, stuckMs: AGES }, 2, ({ progress }) => {
    progress('first');
    progress('second');
  });
  expect(told).toEqual(['first', 'second']);
});

test('progress that follows too soon is told by the next beat, the latest alone', async () => {
  const told = await beating({ heartbeatMs: 80, stuckMs: AGES, restMs: AGES }, 2, ({ progress }) => {
    for (const turn of [0, 1, 2, 3]) progress({ turn });
  });
  expect(told).toEqual([{ turn: 0 }, { turn: 3 }]);
});
