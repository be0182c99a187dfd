import { expect, test } from '@jest/globals';
import { atAddress } from '../../../activities/models/address.ts';
import type { Model } from '../../../activities/models/model.ts';
import { modelSettings } from '../../../core/models.ts';

const models = Object.fromEntries(
  [
    ['public', { type: 'anthropic', model: 'm' }],
    ['own', { type: 'anthropic', model: 'm', baseUrl: 'http://gateway:1' }],
    ['chat', { type: 'openai-compatible', model: 'm', baseUrl: 'http://gpu:2' }],
  ].map(([name, given]) => [name as string, modelSettings.parse(given)]),
);
/** Where a model would be asked. */
const addressOf = (name: string, address: string): string => {
  const find = atAddress((recipe, asked) => ({ settings: recipe.models[asked] }) as unknown as Model, address);
  return find({ models }, name).settings.baseUrl;
};

test.each([
  ['public', 'http://here:3', 'http://here:3'],
  ['public', '', 'https://api.anthropic.com'],
  ['own', 'http://here:3', 'http://gateway:1'],
  ['chat', 'http://here:3', 'http://gpu:2'],
])('the model "%s" with ANTHROPIC_BASE_URL="%s" is asked at %s', (name, address, where) => {
  expect(addressOf(name, address)).toBe(where);
});
