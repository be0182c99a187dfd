import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the template needs by name; a closed vocabulary begins with its special tokens, `<pad>` as id 0. */
const NEEDED = ['<pad>', '<unk>', '<bos>', '<end>', '<system>', '<user>', '<assistant>', '<tool>'];
const SPECIAL = /^<[a-z]+>$/;

/** One token opens each message and only the assistant's is closed: three tokens a turn beside its words. */
const TEMPLATE = [
  '{{ bos_token }}',
  '{% for message in messages %}',
  "{{ '<' + message['role'] + '>' + message['content'] }}",
  "{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}",
  '{% endfor %}',
  "{% if add_generation_prompt %}{{ '<assistant>' }}{% endif %}",
].join('');

/**
 * Writes the tokenizer of a closed vocabulary (`vocabulary()`; the place in the list is the id) as a folder that
 * transformers' AutoTokenizer and our renderer load alike: one word between white space is one token.
 */
export async function writeWordLevelTokenizer(folder: string, vocabulary: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(wordLevelFiles(vocabulary))) await writeFile(join(folder, name), text);
}

/** The files of `writeWordLevelTokenizer` by name. */
export function wordLevelFiles(vocabulary: readonly string[]): Record<string, string> {
  const missing = NEEDED.filter((token) => !vocabulary.includes(token));
  if (missing.length > 0) throw new Error(`the vocabulary lacks ${missing.join(', ')}`);
  if (new Set(vocabulary).size !== vocabulary.length) throw new Error('the vocabulary has a word twice');
  const ids = vocabulary.map((content, id) => ({ content, id }));
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: ids
      .filter(({ content }) => SPECIAL.test(content))
      .map(({ content, id }) => ({ id, content, ...flags })),
    normalizer: null,
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: null,
    decoder: null,
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries(ids.map(({ content, id }) => [content, id])),
      unk_token: '<unk>',
    },
  };
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: '<bos>',
    eos_token: '<end>',
    pad_token: '<pad>',
    unk_token: '<unk>',
    clean_up_tokenization_spaces: false,
    padding_side: 'right',
  };
  return {
    'tokenizer.json': `${JSON.stringify(tokenizer, null, 1)}\n`,
    'tokenizer_config.json': `${JSON.stringify(config, null, 1)}\n`,
    'chat_template.jinja': TEMPLATE,
  };
}
