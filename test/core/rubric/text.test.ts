import { describe, expect, test } from '@jest/globals';
import { gradedScores, parseGraded } from '../../../core/rubric/graded.ts';
import { parseRubric, PYTHON_STYLE, serialiseRubric, styleOf } from '../../../core/rubric/text.ts';
import { PAPERS, paperbench } from './data.ts';

describe('a round trip is byte-stable', () => {
  test.each(PAPERS)('for the rubric of %s', (paper) => {
    const text = paperbench(paper, 'rubric.json');
    expect(serialiseRubric(parseRubric(text))).toBe(text);
  });

  test('for the graded tree, whose scores are floats', () => {
    const text = paperbench('semantic-self-consistency', 'graded.json');
    expect(serialiseRubric(parseGraded(text), styleOf(text))).toBe(text);
  });

  const odd = {
    id: 'r',
    requirements: 'Größe ≥ 3 “quoted”\n    "score": 1,\tμ\u007f 😀',
    weight: 1.5,
    from_elsewhere: { score: [1, 2] },
    sub_tasks: [],
    task_category: 'Result Analysis',
  };

  test.each([
    { ...PYTHON_STYLE },
    { ...PYTHON_STYLE, ascii: false },
    { ...PYTHON_STYLE, newline: true, indent: 2 },
    { ...PYTHON_STYLE, indent: 0, ascii: false },
  ])('for a file in the style %j', (style) => {
    const text = serialiseRubric(parseRubric(JSON.stringify(odd)), style);
    expect(JSON.parse(text)).toEqual(odd);
    expect(styleOf(text)).toEqual(style);
    expect(serialiseRubric(parseRubric(text), styleOf(text))).toBe(text);
  });

  test.each([
    [1, '1.0'],
    [0, '0.0'],
    [0.7000000000000001, '0.7000000000000001'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [0.000000125, '1.25e-07'],
  ])('for a score of %d, which Python writes as %s', (score, written) => {
    const node = { ...odd, score, valid_score: true, explanation: '' };
    expect(serialiseRubric(parseRubric(JSON.stringify(node)))).toContain(`\n    "score": ${written},\n`);
  });
});

test('what is not JSON is refused', () => expect(() => parseRubric('{')).toThrow('root: not JSON'));

describe('a graded tree', () => {
  const node = { id: 'l', requirements: 'l', weight: 1, sub_tasks: [], task_category: 'Code Execution' };
  const graded = { ...node, score: 1, valid_score: true, explanation: 'seen' };

  test('gives the scores of its leaves by id', () => {
    const tree = parseGraded(paperbench('semantic-self-consistency', 'graded.json'));
    const scores = gradedScores(tree);
    expect(scores.size).toBe(79);
    expect(scores.get('43f23e0e-2c5b-4a2b-80ab-6cc9c62723f1')).toBe(1);
  });

  test.each([
    ['a plain rubric', node, 'root (l): score must be a number from 0 to 1 (got nothing)'],
    ['a score out of range', { ...graded, score: 2 }, 'root (l): score must be a number from 0 to 1 (got 2)'],
    ['no word on validity', { ...graded, valid_score: 'yes' }, 'root (l): valid_score must be true or false'],
    ['no explanation', { ...graded, explanation: undefined }, 'root (l): explanation must be a text'],
  ])('is refused with %s', (_what, tree, message) => expect(() => parseGraded(JSON.stringify(tree))).toThrow(message));
});
