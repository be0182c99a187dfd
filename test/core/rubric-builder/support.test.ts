import { expect, test } from '@jest/globals';
import { checkSupport, supportsOf } from '../../../core/rubric-builder/support.ts';
import { inner, leaf, sourcesOf } from './drafts.ts';

const sources = sourcesOf('All models are trained with Adam and a learning rate of 0.001 for ten epochs.', {
  'src/train.py': 'optimizer = Adam(model.parameters(), lr=1e-3, weight_decay=0.01)\n',
});
const paper = (quote: string) => [{ source: 'paper' as const, quote }];
const check = (...children: ReturnType<typeof leaf>[]) =>
  checkSupport(inner('', 'the paper is reproduced', children), sources);

test('a leaf rests on a quote of the paper, or on one of the code', () => {
  const result = check(
    leaf('1', 'The learning rate is 0.001', paper('trained with Adam and a learning rate of 0.001')),
    leaf('2', 'The weight decay is 0.01', [
      { source: 'code', file: 'src/train.py', quote: 'lr=1e-3, weight_decay=0.01' },
    ]),
  );
  expect(result).toEqual({ check: 'support', ok: true, findings: [], figures: { leaves: 2, supported: 2, share: 1 } });
});

test('a quote of the code counts wherever in the code it stands', () => {
  const evidence = [{ source: 'code' as const, file: 'main.py', quote: 'Adam(model.parameters(), lr=1e-3' }];
  const [support] = supportsOf(leaf('1', 'Adam is used', evidence), sources);
  expect(support).toMatchObject({ file: 'src/train.py', span: { start: 12 } });
});

test.each([
  ['without a quote', [], 'has no quote that it rests on'],
  [
    'with a quote that nobody wrote',
    paper('trained with SGD and a learning rate of 0.1'),
    'rests on a quote that is not in the paper: "trained with SGD and a learning rate of 0.1"',
  ],
  [
    'with a quote of the code that only the paper has',
    [{ source: 'code' as const, file: null, quote: 'a learning rate of 0.001' }],
    'rests on a quote that is not in the code: "a learning rate of 0.001"',
  ],
])('a leaf %s is not supported', (_, evidence, problem) => {
  expect(check(leaf('1', 'The learning rate is 0.1', evidence))).toMatchObject({
    ok: false,
    findings: [{ path: '1', problem }],
    figures: { supported: 0 },
  });
});

test('a quote about something else does not support a leaf', () => {
  const { ok, findings } = check(leaf('1', 'Tokenisation follows BERT', paper('All models are trained with Adam')));
  expect([ok, findings[0]?.problem]).toEqual([
    false,
    'rests on a quote that shares no word with it: "All models are trained with Adam"',
  ]);
});

test('one good quote is enough', () => {
  const evidence = [...paper('a sentence that is not there at all'), ...paper('a learning rate of 0.001')];
  expect(check(leaf('1', 'The learning rate is 0.001', evidence)).ok).toBe(true);
});

test('names in code are words: weight_decay speaks of weight decay', () => {
  const evidence = [{ source: 'code' as const, quote: 'weight_decay=0.01)' }];
  expect(check(leaf('1', 'Weight decay is applied', evidence)).ok).toBe(true);
});

test('a rubric without leaves rests on nothing', () => {
  expect(checkSupport(inner('', 'nothing', []), sources).ok).toBe(false);
});
