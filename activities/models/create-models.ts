import type { ModelSettings } from '../../core/models.ts';
import type { Recipe } from '../../core/recipe.ts';
import { invalidInput } from '../failures.ts';
import { createAnthropic } from './anthropic.ts';
import { createBatches } from './batches.ts';
import type { Limiter } from './limiter/limiter.ts';
import type { Model, Provider } from './model.ts';
import { ModelError } from './model-error.ts';
import { createOpenai } from './openai.ts';
import { createPatientModel } from './patient-model.ts';

/** Reads a secret by the name of its environment variable; see config/secrets.ts. Keys go nowhere but into a request's header. */
export type ReadSecret = (variable: string) => string | undefined;

export interface ModelsDependencies {
  limiter: Limiter;
  secret: ReadSecret;
}

/** A model of the recipe by its name. */
export type FindModel = (recipe: Pick<Recipe, 'models'>, name: string) => Model;

export const createModels =
  ({ limiter, secret }: ModelsDependencies): FindModel =>
  ({ models }, name) => {
    const settings = models[name];
    if (!settings) {
      const known = Object.keys(models).join(', ') || 'none';
      throw invalidInput(`the recipe has no model "${name}"; there is ${known}`);
    }
    return createPatientModel({ name, settings, provider: createProvider(settings, secret), limiter });
  };

/** Opened at the first question: where the key is missing, the question fails as it would where the key was refused. */
export function createProvider(settings: ModelSettings, secret: ReadSecret): Provider {
  if (settings.type === 'openai-compatible') {
    const open = once(() => createOpenai(settings, settings.apiKeyEnv && keyOf(settings.apiKeyEnv, secret)));
    return { ask: async (request, signal) => open().ask(request, signal) };
  }
  const open = once(() => createAnthropic(settings, keyOf(settings.apiKeyEnv, secret)));
  const batches = once(() => createBatches(settings, keyOf(settings.apiKeyEnv, secret)));
  return {
    ask: async (request, signal) => open().ask(request, signal),
    batches: {
      create: async (items, signal) => batches().create(items, signal),
      hasEnded: async (batch, signal) => batches().hasEnded(batch, signal),
      results: async (batch, signal) => batches().results(batch, signal),
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function keyOf(variable: string, secret: ReadSecret): string {
  const key = secret(variable);
  if (key) return key;
  throw new ModelError(
    'unauthorised',
    `the environment of the workers has no ${variable}; set it, start the workers again, then resume`,
  );
}
