import { expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readKnobs } from '../../../activities/agent/knobs.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const root = temporaryFolder();

test('a stage without knobs is not paused', () => {
  expect(readKnobs(join(root, 'none.json'))).toEqual({ paused: false });
});

test('a pause and its end are seen at once', () => {
  const file = join(root, 'knobs.json');
  for (const paused of [true, false]) {
    writeFileSync(file, JSON.stringify({ paused }));
    expect(readKnobs(file)).toEqual({ paused });
  }
});

test('knobs that cannot be read are an error, not a leave to go on', () => {
  const file = join(root, 'torn.json');
  writeFileSync(file, '{"paused"');
  expect(() => readKnobs(file)).toThrow('JSON');
});
