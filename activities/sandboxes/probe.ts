import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether sandboxes work here, or in one sentence why not and what mends it. */
export type Probe = { ok: true } | { ok: false; reason: string };

/** What is known of a machine on which bubblewrap failed. */
export interface Refusal {
  platform: string;
  /** ID and ID_LIKE of /etc/os-release, in small letters. */
  system: string;
  /** What bubblewrap wrote; null where there is none. */
  said: string | null;
  /** The kernel's settings that refuse user namespaces, as in `kernel.unprivileged_userns_clone` → `0`. */
  settings: Record<string, string>;
}

const OLDEST: [number, number] = [0, 7];
const SETTINGS = [
  'kernel.unprivileged_userns_clone',
  'user.max_user_namespaces',
  'kernel.apparmor_restrict_unprivileged_userns',
];
const TRY = ['--unshare-all', '--unshare-user', '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', 'true'];

/** Starts bubblewrap as sandboxes will, with every namespace they use. */
export async function probeBubblewrap(options: { bwrap?: string } = {}): Promise<Probe> {
  const { bwrap = '/usr/bin/bwrap' } = options;
  try {
    const version = await run(bwrap, ['--version']);
    await run(bwrap, TRY);
    return judgeVersion(version.stdout);
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    const said = code === 'ENOENT' ? null : (stderr ?? String(error)).trim();
    const refusal = { platform: platform(), system: await system(), said, settings: await settings() };
    return { ok: false, reason: explain(refusal) };
  }
}

/** `--size`, without which a sandbox could fill the host's memory through its /tmp, came with 0.7. */
export function judgeVersion(text: string): Probe {
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(text) ?? []).slice(1).map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return { ok: true };
  return { ok: false, reason: `${text.trim()} is too old: sandboxes need bubblewrap ${OLDEST.join('.')} or newer.` };
}

/** One sentence with the command that mends it. */
export function explain({ platform, system, said, settings }: Refusal): string {
  if (platform !== 'linux') return `Sandboxes need Linux, and this is ${platform}: run Longhaul in a Linux machine.`;
  if (said === null) return `bubblewrap is missing: install it with \`${install(system)}\`.`;
  const needs = `bubblewrap is refused what it needs (${said})`;
  if (settings['kernel.unprivileged_userns_clone'] === '0') {
    return `${needs}: allow user namespaces with \`sudo sysctl -w kernel.unprivileged_userns_clone=1\`.`;
  }
  if (settings['user.max_user_namespaces'] === '0') {
    return `${needs}: allow user namespaces with \`sudo sysctl -w user.max_user_namespaces=15000\`.`;
  }
  if (settings['kernel.apparmor_restrict_unprivileged_userns'] === '1') {
    return `${needs}: AppArmor forbids user namespaces; allow them with \`sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0\`.`;
  }
  const container = '--cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined';
  return `${needs}: in a container, start it with \`${container} --security-opt systempaths=unconfined\`.`;
}

function install(system: string): string {
  const names = system.split(/\s+/);
  if (names.some((name) => ['fedora', 'rhel', 'centos'].includes(name))) return 'sudo dnf install bubblewrap';
  if (names.includes('arch')) return 'sudo pacman -S bubblewrap';
  if (names.some((name) => ['suse', 'opensuse'].includes(name))) return 'sudo zypper install bubblewrap';
  if (names.includes('alpine')) return 'sudo apk add bubblewrap';
  return 'sudo apt-get install bubblewrap';
}

async function system(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const values = [...text.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].map((match) => match[1]);
  return values.join(' ').toLowerCase();
}

async function settings(): Promise<Record<string, string>> {
  const entries = SETTINGS.map(async (name): Promise<[string, string]> => {
    const value = await readFile(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').catch(() => '');
    return [name, value.trim()];
  });
  return Object.fromEntries((await Promise.all(entries)).filter(([, value]) => value !== ''));
}
