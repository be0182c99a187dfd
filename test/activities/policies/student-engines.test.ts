import { expect, test } from '@jest/globals';
import { createStudent } from '../../../activities/policies/student.ts';
import { createFolderStore } from '../../../activities/store.ts';
import { writeWordLevelTokenizer } from '../../../activities/tokens/wordlevel.ts';
import { vocabulary } from '../../../core/micropaper/vocabulary.ts';
import { keys } from '../../../core/names.ts';
import { studentSettings } from '../../../core/student.ts';
import { completionsServer } from '../../support/completions-server.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const store = createFolderStore(temporaryFolder());
const ids = (text: string): number[] => text.split(' ').map((word) => vocabulary().indexOf(word));
const never = new AbortController().signal;

test('rollouts are shared out among engines that somebody else runs, each keeps its own, and goes on elsewhere when that is away', async () => {
  const refuses = new Set<string>();
  const engines = await Promise.all(
    ['a', 'b'].map((name) =>
      completionsServer(() =>
        refuses.has(name) ? { status: 503 } : { ids: ids(`${name === 'a' ? 'ls' : 'cat'} <end>`) },
      ),
    ),
  );
  const url = engines.map(({ baseUrl }) => baseUrl);
  const settings = studentSettings.parse({
    windows: { maxTokens: 64, overlap: 20, reserve: 16 },
    sampling: { maxTokens: 6 },
    server: { type: 'openai', url, model: 'm' },
  });
  await writeWordLevelTokenizer(store.path(keys.checkpoint('run', 'c')), vocabulary());
  const patience = { seconds: 20, firstWaitSeconds: 0.01 };
  const student = createStudent({ settings, store, run: 'run', checkpoint: 'c', seed: 7, patience });
  const answeredBy = async (rollout: string) =>
    (await student.nextTurn({ rollout, instructions: 'reproduce', turns: [] }, never)).text === 'ls' ? 'a' : 'b';
  const rollouts = Array.from({ length: 12 }, (_, member) => `run.evaluate.0.t.${member}`);
  const first = await Promise.all(rollouts.map(answeredBy));
  expect(new Set(first)).toEqual(new Set(['a', 'b']));
  expect(await Promise.all(rollouts.map(answeredBy))).toEqual(first);
  refuses.add('a');
  expect(new Set(await Promise.all(rollouts.map(answeredBy)))).toEqual(new Set(['b']));
});
