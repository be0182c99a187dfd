import type { Prior } from '../../../core/judging/prior-nodes.ts';

/** What stands before a leaf as a list in a question. What siblings share is put together once. */
export function createPriorText(): (prior: Prior) => string {
  const made = grown(() => ({ text: '' }));
  return (prior) => {
    const found = made(prior, (begun, requirement) => {
      begun.text += begun.text === '' ? `- ${requirement}` : `\n- ${requirement}`;
    });
    return found.text;
  };
}

/** The same as the elements of a JSON array, in bytes: they are hashed for every leaf, and thousands of copies of them are garbage. */
export function createPriorBytes(): (prior: Prior) => Uint8Array {
  const made = grown((): { bytes: Buffer; length: number } => ({ bytes: Buffer.allocUnsafe(8192), length: 0 }));
  return (prior) => {
    const found = made(prior, (begun, requirement) => {
      const text = `${begun.length === 0 ? '' : ','}${JSON.stringify(requirement)}`;
      begun.bytes = withRoom(begun.bytes, begun.length + Buffer.byteLength(text));
      begun.length += begun.bytes.write(text, begun.length);
    });
    return found.bytes.subarray(0, found.length);
  };
}

function withRoom(bytes: Buffer, length: number): Buffer {
  if (length <= bytes.length) return bytes;
  const larger = Buffer.allocUnsafe(2 * length);
  bytes.copy(larger);
  return larger;
}

/** For each list what has been made of its beginning; a leaf further down adds to it, one before that begins anew. */
function grown<T extends object>(begin: () => T) {
  const made = new WeakMap<readonly string[], { from: number; to: number; value: T }>();
  return ({ list, from, to }: Prior, add: (value: T, requirement: string) => void): T => {
    const known = made.get(list);
    const begun = known && known.from === from && known.to <= to ? known : { from, to: from, value: begin() };
    for (; begun.to < to; begun.to += 1) add(begun.value, list[begun.to] ?? '');
    made.set(list, begun);
    return begun.value;
  };
}
