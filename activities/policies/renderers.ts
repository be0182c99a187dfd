import type { RendererSettings } from '../../core/renderer-settings.ts';
import { loadRenderer, type Renderer } from '../tokens/renderer.ts';

/** Tokenizers are large: this many checkpoints' are kept. */
const KEPT = 4;
const kept = new Map<string, Promise<Renderer>>();

/**
 * The renderer of a checkpoint's folder, which does not change; loaded once per process while it is in use. Rejects for a
 * template that rewrites earlier turns: with it, prompts laid end to end would not be the conversation.
 */
export function rendererOf(folder: string, settings: RendererSettings): Promise<Renderer> {
  const key = JSON.stringify([folder, settings]);
  const renderer = kept.get(key) ?? load(folder, settings);
  kept.delete(key);
  kept.set(key, renderer);
  if (kept.size > KEPT) kept.delete(kept.keys().next().value as string);
  renderer.catch(() => kept.delete(key));
  return renderer;
}

async function load(folder: string, settings: RendererSettings): Promise<Renderer> {
  const renderer = await loadRenderer(folder, settings);
  renderer.checkPrefixStability();
  return renderer;
}
