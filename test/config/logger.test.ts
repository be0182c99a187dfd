import { expect, test } from '@jest/globals';
import { createLogger } from '../../config/logger.ts';

function logged(
  level: 'debug' | 'warn',
  use: (log: ReturnType<typeof createLogger>) => void,
): Record<string, unknown>[] {
  const lines: string[] = [];
  use(createLogger(level, { pool: 'judge' }, (line) => lines.push(line)));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('a line is JSON with time, level, message and what it is about', () => {
  const [line] = logged('debug', (log) => log.with({ run: 'r1' }).info('judged', { score: 0.5 }));
  expect(line).toMatchObject({ level: 'info', message: 'judged', pool: 'judge', run: 'r1', score: 0.5 });
  expect(Number.isNaN(Date.parse(String(line?.['time'])))).toBe(false);
});

test('what is below the level is left out', () => {
  const lines = logged('warn', (log) => {
    log.info('quiet');
    log.error('loud');
  });
  expect(lines.map((line) => line['message'])).toEqual(['loud']);
});

test('an event stays on one line, whatever it carries', () => {
  const lines: string[] = [];
  createLogger('info', {}, (line) => lines.push(line)).error('two\nlines', { error: new Error('boom'), bytes: 10n });
  expect(lines[0]?.trimEnd().split('\n')).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ error: expect.stringContaining('boom'), bytes: '10' });
});
