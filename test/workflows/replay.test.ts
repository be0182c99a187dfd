import { beforeAll, expect, test } from '@jest/globals';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { readFileSync } from 'node:fs';
import * as messages from '../../workflows/messages.ts';
import * as workflows from '../../workflows/index.ts';
import { BEFORE } from '../histories/before.ts';
import { PATHS } from '../histories/paths.ts';
import { changedBundle } from '../support/changed-bundle.ts';
import { fileOf, readHistory, recordedHistories, replayed } from '../support/histories.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });
const scratch = temporaryFolder();
const histories = recordedHistories();
const rows = [...PATHS, ...BEFORE];

let failures: Map<string, Error | undefined>;
beforeAll(async () => {
  failures = await replayed(histories, testServer().bundlePath);
}, 300_000);

test.each(histories)('the recorded history %s replays: what runs now could go on with it', (name) => {
  expect([...failures.keys()]).toContain(name);
  expect(failures.get(name)).toBeUndefined();
});

test('every path has the histories that the tables say, and there is no other history', () => {
  expect(histories).toEqual(rows.flatMap(({ path, has }) => has.map((type) => `${path}.${type}`)).toSorted());
});

test('there is a history of every workflow', () => {
  const types = PATHS.flatMap(({ has }) => has.map((type) => type.split('.')[0]));
  expect(new Set(types)).toEqual(new Set(Object.keys(workflows)));
});

test('every message that workflows take stands in a history', () => {
  const taken = Object.values(messages).flatMap((message) =>
    typeof message === 'object' && message.type !== 'query' ? [`${message.type} ${message.name}`] : [],
  );
  const sent = histories.flatMap((name) =>
    (readHistory(name).events ?? []).flatMap((event) => {
      const signal = event.workflowExecutionSignaledEventAttributes?.signalName;
      const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name;
      return [...(signal ? [`signal ${signal}`] : []), ...(update ? [`update ${update}`] : [])];
    }),
  );
  expect(taken.filter((message) => !sent.includes(message))).toEqual([]);
});

/** Names of processes, and places on a machine. */
const MACHINE = /\d+@\w|\/(tmp|work|root|home|Users)\/|127\.0\.0\.1|localhost/;

test('no history tells of the machine that it was recorded on', () => {
  const telling = histories.filter((name) => {
    const text = readFileSync(fileOf(name), 'utf8');
    const payloads = [...text.matchAll(/"data":"([^"]*)"/g)].map(([, data]) => Buffer.from(data ?? '', 'base64'));
    return MACHINE.test([text, ...payloads].join('\n'));
  });
  expect(telling).toEqual([]);
});

test('a changed workflow does not replay', async () => {
  const changed = changedBundle(scratch, ['.prepareTasks.', '.planStage.']);
  const found = await replayed(['quiet.train'], changed);
  expect(found.get('quiet.train')?.message).toContain('TMPRL1100');
});
