import { expect, test } from '@jest/globals';
import { chooseSandbox } from '../../../activities/sandboxes/choose.ts';
import { SandboxUnavailable } from '../../../activities/sandboxes/errors.ts';

const home = '/unused';

test('bubblewrap is taken where it works, also where a plain process is allowed, without a warning', async () => {
  for (const unsafe of [false, true]) {
    const { provider, warning } = await chooseSandbox({ home, unsafe });
    expect([provider.kind, warning]).toEqual(['bubblewrap', null]);
  }
});

test('without bubblewrap nothing starts, and the error says how to get it and what else there is', async () => {
  const choice = chooseSandbox({ home, unsafe: false, bwrap: '/no/bwrap' });
  await expect(choice).rejects.toThrow(SandboxUnavailable);
  await expect(choice).rejects.toThrow(/install bubblewrap.*LONGHAUL_UNSAFE_SANDBOX=1/);
});

test('a plain process is used only when it is allowed, and comes with its warning', async () => {
  const { provider, warning } = await chooseSandbox({ home, unsafe: true, bwrap: '/no/bwrap' });
  expect(provider.kind).toBe('process');
  expect(warning).toMatch(/^UNSAFE SANDBOX: .*plain process.*install bubblewrap/);
});
