import { describe, expect, test } from '@jest/globals';
import { languageOf, missingSections, singleLetterShare } from '../../../core/factory/reading.ts';

const many = (sentence: string): string => Array.from({ length: 12 }, () => sentence).join(' ');

test.each([
  ['en', 'We show that the method of this paper is better with the same data and for all tasks.'],
  ['de', 'Wir zeigen, dass das Verfahren nicht nur mit den Daten der Arbeit und einer Aufgabe besser ist.'],
  ['fr', 'Nous montrons que les résultats des méthodes sont dans une table pour la comparaison avec les autres.'],
  ['zh', '我们提出了一种新的方法，该方法在所有任务上都优于现有的方法，并且不需要额外的数据。'],
  ['ru', 'Мы показываем, что предложенный метод лучше существующих на всех задачах.'],
])('the language of a text in "%s" is told', (language, sentence) => {
  expect(languageOf(many(sentence))).toBe(language);
});

test('the language of a short text is not told', () => {
  expect(languageOf('The method of the paper.')).toBeNull();
});

describe('the sections of a paper', () => {
  test('are there as headings, whatever their numbers, or in bold before a paragraph', () => {
    expect(missingSections('**Abstract —** We\n\n## 1. Introduction\n\n# References\n')).toEqual([]);
    expect(missingSections('# Summary\n\n## Statement of need\n')).toEqual(['references']);
  });

  test('are missing where only the text names them', () => {
    expect(missingSections('The introduction and the references.')).toEqual(['abstract', 'introduction', 'references']);
  });
});

test('letters that are set apart show, those of formulas and tables do not count', () => {
  expect(singleLetterShare('T h i s i s s e t a p a r t')).toBeGreaterThan(0.8);
  expect(singleLetterShare('A word with $x y z$ in it.\n\n| a | b |\n\n$$\na b c d\n$$\n')).toBe(0);
});
