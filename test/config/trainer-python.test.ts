import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { packageRoot } from '../../activities/sandboxes/package-root.ts';
import { readEnvironment } from '../../config/environment.ts';
import { findTrainerPython } from '../../config/trainer-python.ts';
import { temporaryFolder } from '../support/temporary.ts';

const environment = readEnvironment(packageRoot());
const empty = temporaryFolder();

test('the interpreter is that of the environment which set-up has created, with the trainer on its path', async () => {
  const { file, environment: variables } = await findTrainerPython(environment);
  expect(file).toMatch(/\/venv-[0-9a-f]{16}\/bin\/python$/);
  expect(existsSync(file)).toBe(true);
  expect(variables['PYTHONPATH']).toBe(`${packageRoot()}/trainer`);
});

test('where it is missing, the error names the command that creates it', async () => {
  await expect(findTrainerPython({ ...environment, cache: empty })).rejects.toThrow('npm run setup');
});
