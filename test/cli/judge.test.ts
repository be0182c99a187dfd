import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { run } from '../../cli/judge.ts';
import { temporaryFolder } from '../support/temporary.ts';

const home = temporaryFolder();
const before = process.env.LONGHAUL_HOME;
beforeAll(() => void (process.env.LONGHAUL_HOME = home));
afterAll(() => {
  if (before === undefined) delete process.env.LONGHAUL_HOME;
  else process.env.LONGHAUL_HOME = before;
});

test('a command line without a run is not understood', async () => {
  await expect(run([])).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining('name a run') });
  await expect(run(['a', 'b'])).rejects.toMatchObject({ exitCode: 2 });
});

test('a run that there is not is told in a sentence', async () => {
  await expect(run(['nowhere'])).rejects.toThrow('there is no run "nowhere" in this store');
  await expect(run(['nowhere.distill.0.a.0', '--overrule', 'x'])).rejects.toThrow('there is no run "nowhere"');
});
