import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { configurationLine, experimentName, pageText, parsePage } from '../../../core/micropaper/page.ts';

const value = fc.nat({ max: 31 });
const experiment = fc
  .record({ number: fc.integer({ min: 1, max: 16 }), lr: value, depth: value, warmup: fc.option(value) })
  .map(({ number, lr, depth, warmup }) => ({
    name: experimentName(number),
    lr,
    depth,
    ...(warmup === null ? {} : { warmup }),
  }));

test('a configuration is written as a page and a command say it', () => {
  expect(configurationLine({ name: 'e03', lr: 8, depth: 28, warmup: 30 })).toBe('e03 lr=08 depth=28 warmup=30');
  expect(configurationLine({ name: 'e16', lr: 0, depth: 9 })).toBe('e16 lr=00 depth=09');
});

test('a page is read as it was written, also with its words on one line', () => {
  fc.assert(
    fc.property(fc.array(experiment), (experiments) => {
      const text = pageText(experiments);
      expect(parsePage(text)).toEqual(experiments);
      expect(parsePage(text.replaceAll('\n', ' '))).toEqual(experiments);
    }),
  );
});

test('what is no line of a page is left out', () => {
  expect(parsePage('# experiments\ne01 lr=1 depth=02 .\ne02 depth=02 lr=01 .\ne03 lr=01 depth=02\n')).toEqual([]);
});
