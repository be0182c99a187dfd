import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { testServer } from '../support/server.ts';

test('a workflow loads no schema: zod would be evaluated anew for every rollout', () => {
  const modules = [...readFileSync(testServer().bundlePath, 'utf8').matchAll(/^\/\*\*\*\/ "(\.\/[^"]+)"/gm)];
  const names = modules.map(([, name]) => name);
  expect(names).toContain('./workflows/rollout.ts');
  expect(names.filter((name) => name?.includes('node_modules/zod/'))).toEqual([]);
});
