import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a Hugging Face folder says about text: `tokenizer.json`, its configuration and the chat template. */
export interface ChatFiles {
  tokenizer: object;
  config: Record<string, unknown>;
  template: string;
}

/** Reads them as transformers does: `chat_template.jinja` goes before the template in `tokenizer_config.json`. */
export async function readChatFiles(folder: string): Promise<ChatFiles> {
  const tokenizer = JSON.parse(await readFile(join(folder, 'tokenizer.json'), 'utf8')) as object;
  const config = JSON.parse(await readFile(join(folder, 'tokenizer_config.json'), 'utf8')) as Record<string, unknown>;
  const template = (await readIfThere(join(folder, 'chat_template.jinja'))) ?? defaultTemplate(config['chat_template']);
  if (template === undefined) throw new Error(`${folder} has no chat template`);
  return { tokenizer, config, template };
}

/** The special tokens that templates know by name, `bos_token` and the like. */
export function namedTokens(config: Record<string, unknown>): Record<string, string> {
  const named: Record<string, string> = {};
  for (const [key, value] of Object.entries(config)) {
    if (!key.endsWith('_token')) continue;
    const content = typeof value === 'object' && value !== null ? (value as { content?: unknown }).content : value;
    if (typeof content === 'string') named[key] = content;
  }
  return named;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A template is one text, or a list of named ones of which `default` is meant. */
function defaultTemplate(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  const named = value as { name?: unknown; template?: unknown }[];
  const chosen = named.find(({ name }) => name === 'default')?.template;
  return typeof chosen === 'string' ? chosen : undefined;
}
