import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { LIMITS, run, withSandbox } from './support.ts';

const NOTE = /\n\[\.\.\. (\d+) bytes of output left out \.\.\.\]\n/;

test('output up to the limit is whole; beyond it head and tail are kept and the note counts the rest', async () => {
  const limits = { ...LIMITS, outputBytes: 1000 };
  await withSandbox({ limits }, async (sandbox) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3000 }), async (lines) => {
        const full = Array.from({ length: lines }, (_, n) => `${n + 1}\n`).join('');
        const { output } = await run(sandbox, `seq ${lines}`);
        const [head = '', left = '0', tail = ''] = output.split(NOTE);
        expect(full.startsWith(head) && full.endsWith(tail)).toBe(true);
        expect(head.length + tail.length).toBe(Math.min(full.length, 1000));
        expect(head.length + Number(left) + tail.length).toBe(full.length);
      }),
      { numRuns: 25 },
    );
  });
});

test('a cut never splits a character', async () => {
  for (const outputBytes of [100, 101, 102, 103]) {
    await withSandbox({ limits: { ...LIMITS, outputBytes } }, async (sandbox) => {
      const { output } = await run(sandbox, "for i in $(seq 100); do printf '€'; done");
      expect(output.replace(NOTE, '')).toMatch(/^€+$/);
    });
  }
});

test.each([
  { bytes: 'ok\\377\\376end', shown: 'ok��end' },
  { bytes: 'a\\000b', shown: 'a�b' },
  { bytes: '\\033[31mred', shown: '�[31mred' },
  { bytes: 'tab\\tline\\r\\n', shown: 'tab\tline\r\n' },
  { bytes: 'gr\\303\\274n', shown: 'grün' },
])('the bytes $bytes are shown as text', async ({ bytes, shown }) => {
  await withSandbox({}, async (sandbox) => {
    expect((await run(sandbox, `printf '${bytes}'`)).output).toBe(shown);
  });
});
