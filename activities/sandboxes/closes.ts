import { DESTROY_MS } from './launcher.ts';
import { reach } from './reach.ts';
import { withTimeout } from './time-limit.ts';

const PING_MS = 2000;

/** Asks a sandbox's supervisor to close it; false where none answers, or it ends before it says that it has. */
export async function closes(folder: string): Promise<boolean> {
  const reached = await reach(folder, PING_MS);
  if (reached.state !== 'answers') return false;
  try {
    await withTimeout(reached.connection.ask({ op: 'close' }), DESTROY_MS, 'close');
    return true;
  } catch {
    return false; // from outside, then
  } finally {
    reached.connection.end();
  }
}
