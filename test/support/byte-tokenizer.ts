import type { ChatFiles } from '../../activities/tokens/chat-files.ts';

/** A byte-level tokenizer without merges, one token a byte, as a Hugging Face folder would hold it; `marks` are special tokens. */
export function byteLevelFiles(template: string, marks: readonly string[]): ChatFiles {
  const vocabulary = [...byteCharacters(), ...marks];
  const model = {
    type: 'BPE',
    vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
    merges: [],
    byte_fallback: false,
  };
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const added_tokens = marks.map((content, index) => ({ ...ADDED, id: 256 + index, content }));
  const tokenizer = {
    version: '1.0',
    normalizer: null,
    added_tokens,
    pre_tokenizer: byteLevel,
    post_processor: byteLevel,
    decoder: byteLevel,
    model,
  };
  return { tokenizer, config: {}, template };
}

const ADDED = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };

/** The character that stands for each byte, as in GPT-2: printable ones stand for themselves, the rest follows U+0100. */
function byteCharacters(): string[] {
  let unprintable = 0;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCodePoint(isPrintable ? byte : 256 + unprintable++);
  });
}
