import { createHmac } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';

/** What somebody is told of a run. `id` is the same whenever it is told again. */
export interface Notice {
  id: string;
  run: string;
  event: 'parked' | 'approval' | 'completed' | 'aborted' | 'failed';
  stage: string | null;
  text: string;
}

export interface Webhook {
  url: string;
  /** Signs the body; empty where nothing is to be signed. */
  secret: string;
}

const PATIENCE_MS = 10_000;

/**
 * The activity that posts a notice. Its signature is that of the body: `x-longhaul-signature: sha256=<HMAC in hex>`. What the
 * receiver answers beside 2xx is tried again, but for a refusal that would be repeated.
 */
export function createNotify({ webhook }: { webhook: Webhook | null }) {
  async function notify(notice: Notice): Promise<void> {
    if (!webhook) return;
    const body = JSON.stringify(notice);
    const signature = createHmac('sha256', webhook.secret).update(body).digest('hex');
    const answer = await fetch(webhook.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(webhook.secret === '' ? {} : { 'x-longhaul-signature': `sha256=${signature}` }),
      },
      body,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await answer.arrayBuffer(); // frees the connection
    if (answer.ok) return;
    throw ApplicationFailure.create({
      type: 'WebhookRefused',
      message: `the webhook answered ${answer.status}`,
      nonRetryable: answer.status >= 400 && answer.status < 500 && ![408, 425, 429].includes(answer.status),
    });
  }

  return { notify };
}
