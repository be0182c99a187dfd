import { modelSettings } from '../../core/models.ts';
import type { FindModel } from './create-models.ts';

/** The address that a recipe means where it names none. */
const PUBLIC = modelSettings.parse({ type: 'anthropic', model: 'any' }).baseUrl;

/** Models of the Messages API that name no address of their own are asked at this one; empty: at the public one. */
export const atAddress =
  (find: FindModel, address: string): FindModel =>
  ({ models }, name) => {
    const settings = models[name];
    const moves = address !== '' && settings?.type === 'anthropic' && settings.baseUrl === PUBLIC;
    return find({ models: moves ? { ...models, [name]: { ...settings, baseUrl: address } } : models }, name);
  };
