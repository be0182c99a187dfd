import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Answer } from './answer.ts';
import { sendJson } from './send.ts';
import { badRequest, Refused, type Body, type ServerOptions } from './types.ts';
import { validate } from './validate.ts';

interface Batch {
  id: string;
  requests: { custom_id: string; params: Body }[];
  /** Looks that are left before it has ended. */
  polls: number;
}

/** Message Batches: taken, looked at until they have ended, and answered as JSON lines in any order. */
export function createBatches(options: ServerOptions, think: (body: Body) => Promise<Answer>) {
  const known = new Map<string, Batch>();

  const shown = ({ id, requests, polls }: Batch) => ({
    id,
    type: 'message_batch',
    processing_status: polls > 0 ? 'in_progress' : 'ended',
    request_counts: { processing: polls > 0 ? requests.length : 0, succeeded: 0, errored: 0, canceled: 0, expired: 0 },
    results_url: polls > 0 ? null : `/v1/messages/batches/${id}/results`,
    created_at: new Date(0).toISOString(),
    expires_at: new Date(864e5).toISOString(),
    ended_at: polls > 0 ? null : new Date(0).toISOString(),
    archived_at: null,
    cancel_initiated_at: null,
  });

  function take(body: unknown): Batch {
    const { requests } = body as Pick<Batch, 'requests'>;
    const ids = requests.map(({ custom_id }) => custom_id);
    const bad = ids.find((id) => !/^[a-zA-Z0-9_-]{1,64}$/.test(id));
    if (bad !== undefined) throw badRequest(`requests: custom_id "${bad}" does not match the pattern`);
    if (new Set(ids).size < ids.length) throw badRequest('requests: custom_id must be unique');
    const batch = { id: `msgbatch_${randomUUID().replaceAll('-', '')}`, requests, polls: options.batchPolls ?? 1 };
    known.set(batch.id, batch);
    return batch;
  }

  async function resultOf({ custom_id, params }: Batch['requests'][number]): Promise<string> {
    try {
      validate(params, options);
      return JSON.stringify({ custom_id, result: { type: 'succeeded', message: await think(params) } });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const said = { type: 'error', error: { type: error.type, message: error.message } };
      return JSON.stringify({ custom_id, result: { type: 'errored', error: said } });
    }
  }

  async function serve(path: string, response: ServerResponse, body: () => Promise<unknown>): Promise<void> {
    const [, , , , id, what] = path.split('/');
    if (id === undefined) return sendJson(response, 200, shown(take(await body())));
    const batch = known.get(id);
    if (!batch) throw new Refused(404, 'not_found_error', `no batch ${id}`);
    if (what !== 'results') {
      batch.polls = Math.max(0, batch.polls - 1);
      return sendJson(response, 200, shown(batch));
    }
    if (batch.polls > 0) throw badRequest('the batch has not ended');
    const lines = await Promise.all(batch.requests.toReversed().map(resultOf));
    response.writeHead(200, { 'content-type': 'application/x-jsonl' });
    response.end(`${lines.join('\n')}\n`);
  }

  return { serve };
}
