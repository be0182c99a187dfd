import { expect, test } from '@jest/globals';
import { explain, judgeVersion, probeBubblewrap } from '../../../activities/sandboxes/probe.ts';

test('where bubblewrap works the probe says so', async () => {
  expect(await probeBubblewrap()).toEqual({ ok: true });
});

test('where it is missing the probe says how to get it', async () => {
  const probe = await probeBubblewrap({ bwrap: '/no/bwrap' });
  expect(probe).toEqual({ ok: false, reason: expect.stringContaining('install bubblewrap') });
});

test('where it is refused the probe says what it said', async () => {
  const probe = await probeBubblewrap({ bwrap: '/bin/false' });
  expect(probe).toEqual({ ok: false, reason: expect.stringContaining('is refused what it needs') });
});

const linux = { platform: 'linux', system: 'debian', said: 'Operation not permitted', settings: {} };

test.each([
  { machine: { ...linux, said: null }, fix: 'sudo apt-get install bubblewrap' },
  { machine: { ...linux, system: 'ubuntu debian', said: null }, fix: 'sudo apt-get install bubblewrap' },
  { machine: { ...linux, system: 'rocky rhel centos fedora', said: null }, fix: 'sudo dnf install bubblewrap' },
  { machine: { ...linux, system: 'arch', said: null }, fix: 'sudo pacman -S bubblewrap' },
  { machine: { ...linux, system: 'alpine', said: null }, fix: 'sudo apk add bubblewrap' },
  { machine: { ...linux, system: 'opensuse-leap suse opensuse', said: null }, fix: 'sudo zypper install bubblewrap' },
  {
    machine: { ...linux, settings: { 'kernel.unprivileged_userns_clone': '0' } },
    fix: 'sudo sysctl -w kernel.unprivileged_userns_clone=1',
  },
  {
    machine: { ...linux, settings: { 'user.max_user_namespaces': '0' } },
    fix: 'sudo sysctl -w user.max_user_namespaces=15000',
  },
  {
    machine: { ...linux, settings: { 'kernel.apparmor_restrict_unprivileged_userns': '1' } },
    fix: 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
  },
  { machine: linux, fix: '--cap-add SYS_ADMIN' },
  { machine: { ...linux, platform: 'darwin' }, fix: 'this is darwin' },
])('the reason names what mends it: $fix', ({ machine, fix }) => {
  expect(explain(machine)).toContain(fix);
});

test.each([
  { version: 'bubblewrap 0.6.1', ok: false },
  { version: 'bubblewrap 0.7.0', ok: true },
  { version: 'bubblewrap 0.11.0', ok: true },
  { version: 'bubblewrap 1.0', ok: true },
])('$version is new enough: $ok', ({ version, ok }) => {
  expect(judgeVersion(version).ok).toBe(ok);
});
