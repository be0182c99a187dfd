import { list, type ReadEntry } from 'tar';

/** Called for each file of a tar; what it answers takes the file's bytes as they come. */
export type OnFile = (path: string, bytes: number) => ((chunk: Buffer) => void) | undefined;

/** Reads a workspace's tar without unpacking it: a path or a link of the agent's leads nowhere on this machine. */
export async function readTar(file: string, onFile: OnFile): Promise<void> {
  await list({
    file,
    strict: true,
    onReadEntry(entry: ReadEntry) {
      const take = isFile(entry) ? onFile(entry.path.replace(/^\.\//, ''), entry.size) : undefined;
      if (take) entry.on('data', take);
      else entry.resume();
    },
  });
}

const isFile = ({ type }: ReadEntry): boolean => type === 'File' || type === 'OldFile' || type === 'ContiguousFile';
