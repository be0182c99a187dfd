import { Context } from '@temporalio/activity';

/** Heartbeats while an activity's work is done. */
export async function beating<T>(work: () => Promise<T>): Promise<T> {
  const beats = setInterval(() => Context.current().heartbeat(), 100);
  try {
    return await work();
  } finally {
    clearInterval(beats);
  }
}
