import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Connection } from '@temporalio/client';
import { expect, test } from '@jest/globals';
import { POOLS } from '../../core/names.ts';
import { SEARCH_ATTRIBUTES } from '../../core/search-attributes.ts';
import { startDevServer, temporalCli } from '../support/dev-server.ts';

const compose = readFileSync('docker-compose.yml', 'utf8');
const hasClient = spawnSync('docker', ['compose', 'version']).status === 0;

const testWithClient = hasClient ? test : test.skip;

testWithClient('docker compose understands the file', () => {
  execFileSync('docker', ['compose', 'config', '--quiet']);
  const services = execFileSync('docker', ['compose', 'config', '--services'], { encoding: 'utf8' }).trim().split('\n');
  expect(services).toEqual(expect.arrayContaining(['postgres', 'temporal', 'temporal-ui', 'objects', 'orchestrator']));
});

test.each(POOLS.filter((pool) => pool !== 'rollout-gpu'))('the pool %s is a service', (pool) => {
  expect(compose).toMatch(new RegExp(`^  ${pool}:\\n(?:    .*\\n)+?    command: \\[${pool}\\]$`, 'm'));
});

test('what lives longer than a container lies in named volumes', () => {
  const named = [...(/^volumes:\n((?:  \w+:\n)+)/m.exec(compose)?.[1] ?? '').matchAll(/\w+/g)].map(String);
  const mounted = [...compose.matchAll(/^ +- (\w+):\/\S+$/gm)].map((match) => match[1]);
  expect(new Set(mounted)).toEqual(new Set(named));
  expect(named).toEqual(['postgres', 'objects', 'home']);
});

test('the namespace of the containers has its retention and all search attributes, however often it is created', async () => {
  const { address, server } = await startDevServer({ searchAttributes: false });
  try {
    const path = `${dirname(temporalCli())}:${process.env['PATH']}`;
    const env = { ...process.env, PATH: path, TEMPORAL_ADDRESS: address, RETENTION: '90d' };
    for (const _time of ['first', 'second'])
      execFileSync('sh', ['deploy/temporal/create-namespace.sh'], { env, stdio: 'pipe' });
    const connection = await Connection.connect({ address });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
    const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    await connection.close();
    expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(Object.keys(SEARCH_ATTRIBUTES)));
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(90 * 86_400);
  } finally {
    server.kill('SIGKILL');
  }
});
