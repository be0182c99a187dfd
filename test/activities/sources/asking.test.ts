import { beforeEach, describe, expect, test } from '@jest/globals';
import { createAsk } from '../../../activities/sources/asking.ts';
import { createFolderStore, type Store } from '../../../activities/store.ts';
import { askingSettings } from '../../../core/factory/settings.ts';
import { recordedServers } from '../../support/answers.ts';
import { temporaryFolders } from '../../support/temporary.ts';

const folder = temporaryFolders();
const answers = recordedServers();
const DAY = 86_400_000;
let [store, now, waited]: [Store, number, number[]] = [createFolderStore(''), 0, []];

beforeEach(() => {
  [store, now, waited] = [createFolderStore(folder()), 1_700_000_000_000, []];
});

const clock = {
  now: (): number => now,
  sleep: async (ms: number): Promise<void> => {
    waited.push(ms);
    now += ms;
  },
};
const settings = askingSettings.parse({ contact: 'someone@example.org', refreshAfter: '7d' });
const ask = (pace = 0) => {
  const asking = createAsk({ store, settings, clock });
  return (url: string, more: object = {}) => asking({ url, pace, ...more });
};

describe('a server of somebody else', () => {
  test('learns who asks', async () => {
    const { url, asked } = await answers(() => ({ body: 'x' }));
    await ask()(`${url}/a`);
    expect(asked[0]?.headers['user-agent']).toBe('longhaul-research-factory/1 (someone@example.org)');
  });

  test('is asked once for what is kept, and again only when that is old', async () => {
    const { url, asked } = await answers(() => ({ body: 'x' }));
    const first = await ask()(`${url}/a`);
    now += 6 * DAY;
    const second = await ask()(`${url}/a`);
    expect(asked).toHaveLength(1);
    expect(second.body.toString()).toBe('x');
    expect(second.retrievedAt).toBe(first.retrievedAt);
    now += 2 * DAY;
    await ask()(`${url}/a`);
    expect(asked).toHaveLength(2);
  });

  test('is asked on condition that something has changed, and what has not is taken from the store', async () => {
    const { url, asked } = await answers(({ headers }) =>
      headers['if-none-match'] === '"v1"'
        ? { status: 304 }
        : { body: 'large', headers: { etag: '"v1"', 'last-modified': 'Mon, 01 Jan 2024 00:00:00 GMT' } },
    );
    await ask()(`${url}/a`);
    now += 8 * DAY;
    const again = await ask()(`${url}/a`);
    expect(again.body.toString()).toBe('large');
    expect(asked[1]?.headers).toMatchObject({
      'if-none-match': '"v1"',
      'if-modified-since': 'Mon, 01 Jan 2024 00:00:00 GMT',
    });
    await ask()(`${url}/a`);
    expect(asked).toHaveLength(2);
  });
});

describe('a server that cannot or will not answer', () => {
  test('gets the patience that it asks for', async () => {
    const { url } = await answers(() => ({ status: 429, headers: { 'retry-after': '17' } }));
    await expect(ask()(`${url}/a`)).rejects.toMatchObject({
      type: 'RateLimited',
      nextRetryDelay: '17 s',
      nonRetryable: false,
    });
    const silent = await answers(() => ({ status: 503 }));
    await expect(ask()(`${silent.url}/a`)).rejects.toMatchObject({ type: 'RateLimited', nextRetryDelay: '60 s' });
  });

  test('is asked again after a fault of its own, but not after one of ours', async () => {
    const broken = await answers(() => ({ status: 500 }));
    await expect(ask()(`${broken.url}/a`)).rejects.toThrow('answered 500');
    const refusing = await answers(() => ({ status: 403 }));
    await expect(ask()(`${refusing.url}/a`)).rejects.toMatchObject({ nonRetryable: true });
    await expect(ask()('http://127.0.0.1:1/a')).rejects.toThrow('does not answer');
  });

  test('may not have it, which is an answer and is kept', async () => {
    const { url, asked } = await answers(() => ({ status: 404, body: 'nothing here' }));
    expect(await ask()(`${url}/a`)).toMatchObject({ status: 404, body: Buffer.alloc(0) });
    expect(await ask()(`${url}/a`)).toMatchObject({ status: 404 });
    expect(asked).toHaveLength(1);
  });

  test('may not send more than is asked for', async () => {
    const { url } = await answers(() => ({ body: 'x'.repeat(3 * 2 ** 20) }));
    await expect(ask()(`${url}/a`, { maxBytes: 2 ** 20 })).rejects.toThrow('more than 1 MB');
  });
});

describe('the pace of a server', () => {
  test('is kept by all processes on a store together', async () => {
    const { url } = await answers(() => ({ body: 'x' }));
    const [one, other] = [ask(3000), ask(3000)];
    const times: number[] = [];
    for (const [index, asker] of [one, other, one, other].entries()) {
      await asker(`${url}/${index}`);
      times.push(now);
    }
    const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(steps).toEqual([3000, 3000, 3000]);
  });

  test('costs nothing where the answer is kept, or the last request is long ago', async () => {
    const { url } = await answers(() => ({ body: 'x' }));
    await ask(3000)(`${url}/a`);
    waited = [];
    await ask(3000)(`${url}/a`);
    expect(waited).toEqual([]);
  });
});
