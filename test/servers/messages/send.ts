import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './types.ts';

export const sendJson = (response: ServerResponse, status: number, value: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
};

/** Sends lines of a stream one by one, and breaks where the fault says so. False where it broke. */
export async function sendStream(
  response: ServerResponse,
  lines: readonly string[],
  fault: Fault | undefined,
): Promise<boolean> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  for (const [index, line] of lines.entries()) {
    if (fault?.type === 'trickle') await sleep(fault.ms);
    if (fault?.type === 'broken' && index >= fault.afterEvents) {
      // What was written must be on its way, or it would be a connection that never answered.
      await new Promise<void>((resolve) => response.write('', () => resolve()));
      response.destroy();
      return false;
    }
    if (fault?.type === 'error-event' && index >= fault.afterEvents) {
      response.write(sse('error', { type: 'error', error: { type: fault.error, message: 'it happens' } }));
      response.end();
      return false;
    }
    response.write(line);
  }
  response.end();
  return true;
}

export const sse = (event: string, value: object): string => `event: ${event}\ndata: ${JSON.stringify(value)}\n\n`;
