import { expect, test } from '@jest/globals';
import { createPriorBytes, createPriorText } from '../../../../activities/judges/llm/priors.ts';
import { leavesInPlace, type Prior } from '../../../../core/judging/prior-nodes.ts';
import { parseRubric } from '../../../../core/rubric/text.ts';
import { rubricOf } from './table.ts';

const rubric = parseRubric(JSON.stringify(rubricOf(20)));
const texts = ({ list, from, to }: Prior): string[] => list.slice(from, to);

test.each([
  ['all of it', Infinity],
  ['the nearest of it', 3],
  ['none of it', 0],
])('what stands before a leaf, %s, is the same text in whatever order leaves are asked about', (_, most) => {
  const placed = leavesInPlace(rubric, most);
  for (const order of [placed, placed.toReversed(), [...placed, ...placed]]) {
    const [list, json] = [createPriorText(), createPriorBytes()];
    for (const { prior } of order) {
      expect(list(prior)).toBe(
        texts(prior)
          .map((text) => `- ${text}`)
          .join('\n'),
      );
      expect(`[${Buffer.from(json(prior)).toString()}]`).toBe(JSON.stringify(texts(prior)));
    }
  }
});
