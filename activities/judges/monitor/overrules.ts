import { z } from 'zod';
import { keys } from '../../../core/names.ts';
import type { Store } from '../../store.ts';

/** `overrule.json` of a rollout: a person has looked at its violations and lets it be graded. */
export const overrule = z.object({ reason: z.string().min(1), at: z.string() });

const keyOf = (rollout: string): string => `${keys.rollout(rollout)}/overrule.json`;

/** Why a person lets the rollout be graded whatever the monitor found; undefined where nobody does. */
export async function readOverrule(store: Store, rollout: string): Promise<string | undefined> {
  const found = await store.readJson(keyOf(rollout));
  return found === undefined ? undefined : overrule.parse(found).reason;
}

export async function writeOverrule(store: Store, rollout: string, reason: string): Promise<void> {
  await store.writeJson(keyOf(rollout), overrule.parse({ reason, at: new Date().toISOString() }));
}
