import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { PATCHES } from '../histories/patches.ts';
import { askedFor, changedBundle } from '../support/changed-bundle.ts';
import { readHistory, replayed } from '../support/histories.ts';
import { temporaryFolder } from '../support/temporary.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });
const scratch = temporaryFolder();

test('both sides of every patch are recorded', () => {
  const sources = readdirSync('workflows').map((file) => readFileSync(`workflows/${file}`, 'utf8'));
  const asked = [...sources.join('\n').matchAll(/patched\('([^']+)'\)/g)].map(([, id]) => id);
  expect(new Set(asked)).toEqual(new Set(PATCHES.map(({ patch }) => patch)));
});

/** What the patches of a history are, in its markers. */
const patchesOf = (name: string): string[] =>
  (readHistory(name).events ?? []).flatMap(({ markerRecordedEventAttributes: marker }) =>
    Object.values(marker?.details ?? {}).flatMap(({ payloads }) =>
      (payloads ?? []).map(({ data }) => (JSON.parse(Buffer.from(data ?? []).toString()) as { id?: string }).id ?? ''),
    ),
  );

test.each(PATCHES)('$after has the patch $patch', ({ patch, after }) => {
  expect(patchesOf(after)).toContain(patch);
});

test.each(PATCHES)('$before comes to the patch $patch and has it not', async ({ patch, before }) => {
  expect(patchesOf(before)).not.toContain(patch);
  // Who comes to it without it leaves a command that the history does not have.
  const noted = `(${askedFor(patch)} || ((0, _workflow.upsertMemo)({ asked: true }), false))`;
  const found = await replayed([before], changedBundle(scratch, [askedFor(patch), noted]));
  expect(found.get(before)?.message).toContain('TMPRL1100');
});
