import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

/** An empty folder that is removed after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'longhaul-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes empty folders, also within a test; all are removed after the tests of the file. Called at the top of the file. */
export function temporaryFolders(): () => string {
  const above = temporaryFolder();
  return () => mkdtempSync(join(above, 'f-'));
}
