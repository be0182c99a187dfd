import { afterAll } from '@jest/globals';
import { createLimiter } from '../../activities/models/limiter/limiter.ts';
import { createModels } from '../../activities/models/create-models.ts';
import type { Model } from '../../activities/models/model.ts';
import { modelSettings, type ModelSettings } from '../../core/models.ts';
import { startMessagesServer, type MessagesServer, type ServerOptions } from '../servers/messages/server.ts';

const open = new Set<MessagesServer>();
afterAll(() => open.forEach((server) => server.close()));

/** A Messages server that is closed after the tests of the file; it says "yes" where no brain is given. */
export async function messagesServer(options: Partial<ServerOptions> = {}): Promise<MessagesServer> {
  const brain = () => ({ content: [{ type: 'text', text: 'yes' }] });
  const server = await startMessagesServer({ brain, ...options });
  open.add(server);
  return server;
}

export const PRICE = { input: 3, output: 15, cacheWrite: 3.75, cacheRead: 0.3 };

export function settingsFor(server: { baseUrl: string }, changes: object = {}): ModelSettings {
  return modelSettings.parse({
    type: 'anthropic',
    model: 'claude-test',
    baseUrl: server.baseUrl,
    apiKeyEnv: 'TEST_KEY',
    patience: '5s',
    price: PRICE,
    ...changes,
  });
}

/** A model of such a server, under a limiter of its own. */
export function modelOf(server: { baseUrl: string }, changes: object = {}, key: string | undefined = 'sk-test'): Model {
  const find = createModels({ limiter: createLimiter(), secret: (name) => (name === 'TEST_KEY' ? key : undefined) });
  return find({ models: { claude: settingsFor(server, changes) } }, 'claude');
}

export const never = new AbortController().signal;
