import { expect, test } from '@jest/globals';
import { observationTokens, studentSettings } from '../../core/student.ts';

const windows = { maxTokens: 200, overlap: 20, reserve: 40 };

test('observations get what the reserve leaves beside the answer and the token that opens it', () => {
  // 40 − 16 − 1
  expect(observationTokens(studentSettings.parse({ windows, sampling: { maxTokens: 16 } }))).toBe(23);
  expect(
    observationTokens(studentSettings.parse({ windows, sampling: { maxTokens: 16 }, observationTokens: 10 })),
  ).toBe(10);
});

test.each([
  { what: 'an answer as long as the reserve', settings: { windows, sampling: { maxTokens: 39 } } },
  { what: 'answer and observations', settings: { windows, sampling: { maxTokens: 16 }, observationTokens: 24 } },
  { what: 'overlap and reserve', settings: { windows: { ...windows, overlap: 161 }, sampling: { maxTokens: 16 } } },
])('$what must fit', ({ settings }) => {
  expect(studentSettings.safeParse(settings).success).toBe(false);
});

test('a student is served by the pool itself unless an engine is named', () => {
  const parse = (server: object) => studentSettings.parse({ windows, sampling: { maxTokens: 16 }, server }).server;
  expect(studentSettings.parse({ windows, sampling: { maxTokens: 16 } }).server).toEqual({ type: 'embedded' });
  const engine = { type: 'vllm', url: 'http://10.0.0.1:8000', model: 'policy' };
  expect(parse(engine)).toEqual(engine);
  expect(() => parse({ ...engine, url: 'file:///x' })).toThrow();
});
