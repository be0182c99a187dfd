import type { ModelSettings } from '../../core/models.ts';
import { askStructured } from '../models/ask-structured.ts';
import type { Model } from '../models/model.ts';
import { failureOf } from '../models/model-error.ts';
import type { FactoryModel } from './ask.ts';

/** A model of the recipe as the factory asks it: paper and code are what the calls of a paper have in common. */
export function factoryModel(model: Model): FactoryModel {
  return {
    identity: identityOf(model.settings),
    async ask({ system, shared, question, shape }, signal) {
      const content = [
        { type: 'text', text: shared, cache: true },
        { type: 'text', text: question },
      ];
      const request = { system, messages: [{ role: 'user' as const, content }] };
      try {
        const { value, answer } = await askStructured(model, { request, shape }, signal);
        return { value, usage: answer.usage };
      } catch (error) {
        throw failureOf(error);
      }
    },
  };
}

/** What an answer depends on; not how long one waits for it, nor what it costs. */
function identityOf(settings: ModelSettings): FactoryModel['identity'] {
  const { type, baseUrl, model, maxTokens, temperature, effort } = settings;
  const thinking = settings.type === 'anthropic' ? settings.thinking : undefined;
  return { provider: model, type, baseUrl, maxTokens, temperature, effort, thinking };
}
