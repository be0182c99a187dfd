import { expect, test } from '@jest/globals';
import { checkWording, problemsOf } from '../../../core/rubric-builder/wording.ts';
import { parseRubric } from '../../../core/rubric/text.ts';
import { paperbench, PAPERS } from '../rubric/data.ts';
import { asDraft, draftOf } from './drafts.ts';

test.each([
  'The optimiser is Adam with a learning rate of 0.001',
  'The encoder, the decoder and the classifier are trained on CIFAR-10',
  'The train and test sets of CIFAR-100 are available',
  'Table 2 is reproduced: method A scores higher than method B on all three datasets',
])('one thing that is there or not is a leaf: %s', (requirements) => {
  expect(problemsOf(requirements)).toEqual([]);
});

test.each([
  [
    'The model is implemented and the baseline is evaluated on MNIST',
    'asks for two things: make each a leaf of its own',
  ],
  [
    'The loss is implemented as in Equation 3. The network is trained for 10 epochs',
    'asks for two things: make each a leaf of its own',
  ],
  ['The code is well-structured and readable', 'is a matter of degree, not of yes or no'],
  ['The hyperparameters are tuned as well as possible', 'is a matter of degree, not of yes or no'],
  [
    'Preprocessing steps such as tokenisation, lower-casing, etc. are applied',
    'leaves open what counts: name what must be there',
  ],
  ['Is the learning rate of the optimiser 0.1?', 'is a question'],
  ['Adam', 'says nothing'],
])('no leaf: %s', (requirements, problem) => {
  expect(problemsOf(requirements)).toContain(problem);
});

test('one flagged leaf among few is too many, and the finding names the node', () => {
  const root = draftOf([
    'the paper is reproduced',
    'The optimiser is Adam with a rate of 0.1',
    'The code is of high quality throughout',
  ]);
  expect(checkWording(root)).toMatchObject({
    ok: false,
    findings: [{ path: '2', problem: 'is a matter of degree, not of yes or no' }],
    figures: { leaves: 2, flagged: 1 },
  });
});

test.each(PAPERS)('the leaves that people wrote for %s pass', (name) => {
  const root = asDraft(parseRubric(paperbench(name, 'rubric.json')));
  expect(checkWording(root)).toMatchObject({ ok: true });
});
