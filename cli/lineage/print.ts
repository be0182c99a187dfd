import { once } from 'node:events';

/** Returns once all of a text has been handed over: the process ends right after, and a pipe holds no more than 64 KiB. */
export async function print(text: string): Promise<void> {
  try {
    if (!process.stdout.write(text)) await once(process.stdout, 'drain');
  } catch (error) {
    // Whoever reads has seen enough, as `head` does.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}
