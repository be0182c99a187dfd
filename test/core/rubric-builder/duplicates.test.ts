import { expect, test } from '@jest/globals';
import { checkDuplicates } from '../../../core/rubric-builder/duplicates.ts';
import { parseRubric } from '../../../core/rubric/text.ts';
import { paperbench, PAPERS } from '../rubric/data.ts';
import { asDraft, draftOf } from './drafts.ts';

test('the same in other words is a duplicate, and is named', () => {
  const root = draftOf([
    'the paper is reproduced',
    'The classifier is trained with Adam and a batch size of 64',
    'The classifier has been trained using Adam with a batch size of 64',
  ]);
  expect(checkDuplicates(root)).toEqual({
    check: 'duplicates',
    ok: false,
    findings: [
      { path: '2', problem: 'asks for the same as 1: "The classifier is trained with Adam and a batch size of 64"' },
    ],
    figures: { leaves: 2, duplicates: 1, overlaps: 0, repeated: 0 },
  });
});

test.each([
  [
    'a number',
    'The classifier is trained with a batch size of 64',
    'The classifier is trained with a batch size of 32',
  ],
  [
    'a name',
    'The classifier is evaluated on the test split of CIFAR',
    'The classifier is evaluated on the test split of SVHN',
  ],
  [
    'a formula',
    'The loss of the encoder is $L_{in}$ as given above',
    'The loss of the encoder is $L_{out}$ as given above',
  ],
])('what differs in %s is no duplicate', (_, one, other) => {
  expect(checkDuplicates(draftOf(['all', one, other]))).toMatchObject({ ok: true, findings: [] });
});

test('the same words under another node are counted as a repetition: the node says for what', () => {
  const seeds = 'Ten random seeds are set before each training run';
  const root = draftOf([
    'all',
    ['PackNet is evaluated', seeds, 'a log is kept'],
    ['CompoNet is evaluated', seeds, 'a plot is made'],
  ]);
  expect(checkDuplicates(root)).toMatchObject({ ok: true, findings: [], figures: { duplicates: 0, repeated: 1 } });
});

test('the same words under the same node, said twice, are a duplicate', () => {
  const seeds = 'Ten random seeds are set before each training run';
  const root = draftOf([
    'all',
    ['The baseline PackNet is evaluated', seeds],
    ['The PackNet baseline has been evaluated', seeds],
  ]);
  expect(checkDuplicates(root)).toMatchObject({ ok: false, figures: { duplicates: 1 } });
});

test('a leaf that asks for most of another one is shown as an overlap, and tolerated', () => {
  const root = draftOf([
    'all',
    'Synonyms in every document are replaced before training the classifier',
    'Synonyms in every document are replaced and stop words removed before training the classifier',
  ]);
  expect(checkDuplicates(root)).toMatchObject({
    ok: true,
    findings: [{ path: '2' }],
    figures: { duplicates: 0, overlaps: 1 },
  });
});

test.each(PAPERS)('hardly a leaf that people wrote for %s is held for a duplicate', (name) => {
  const root = asDraft(parseRubric(paperbench(name, 'rubric.json')));
  expect(checkDuplicates(root, 0.02)).toMatchObject({ ok: true });
});
