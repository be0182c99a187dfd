import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { afterEach, expect, jest, test } from '@jest/globals';

interface Shipped {
  type: string;
  model: string;
  thinking?: Anthropic.ThinkingConfigParam;
}

const FOLDER = 'config/recipes';
const shipped = readdirSync(FOLDER).flatMap((file) => {
  const { models = {} } = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as { models?: Record<string, Shipped> };
  const own = Object.values(models).filter(({ type }) => type === 'anthropic');
  return own.map((model) => ({ file, ...model }));
});
afterEach(() => void jest.restoreAllMocks());

const refused = async (): Promise<Response> => new Response('{}', { status: 400 });

test.each(shipped)("$model of $file is served for longer than the provider's library says", async (given) => {
  const warned = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  const client = new Anthropic({ apiKey: 'none', fetch: refused, maxRetries: 0 });
  const { model, thinking } = given;
  const asked = client.messages.create({
    model,
    max_tokens: 16,
    messages: [{ role: 'user', content: 'hello' }],
    ...(thinking ? { thinking } : {}),
  });
  await expect(asked).rejects.toThrow('400');
  expect(warned.mock.calls).toEqual([]);
});
