// Adds to package-lock.json the optional packages of other platforms that npm left out, which it does where the registry that it
// was written with has them not: `npm ci` refuses such a lock file. Run after `npm install`: `npm run lock`.
'use strict';
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const FILE = join(__dirname, '../package-lock.json');
const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

function main() {
  const lock = JSON.parse(readFileSync(FILE, 'utf8'));
  const added = missing(lock.packages);
  lock.packages = sorted({ ...lock.packages, ...added });
  writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`${Object.keys(added).length} packages of other platforms added to package-lock.json\n`);
}

/**
 * Entries for the optional dependencies that have none, by path.
 * @param {Record<string, any>} packages @returns {Record<string, object>}
 */
function missing(packages) {
  const entries = Object.values(packages).flatMap(({ optionalDependencies = {}, dev }) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`)))
      .map(([name, version]) => [`node_modules/${name}`, entry(name, version, dev)]),
  );
  return Object.fromEntries(entries);
}

/**
 * The platform is told by the name, as in `core-linux-arm64-musl`.
 * @param {string} name @param {string} version @param {boolean | undefined} dev
 */
function entry(name, version, dev) {
  if (!/^\d+\.\d+\.\d+/.test(version)) throw new Error(`${name} is asked for as ${version}, which is no version`);
  const words = name.split(/[/-]/);
  const find = (/** @type {string[]} */ known) => words.filter((word) => known.includes(word));
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.some((word) => word.startsWith('gnu'))
      ? 'glibc'
      : '';
  const [os, cpu] = [find(SYSTEMS), find(PROCESSORS)];
  if (cpu.length !== 1) throw new Error(`${name} names no processor`);
  return {
    version,
    cpu,
    ...(dev ? { dev } : {}),
    ...(libc ? { libc: [libc] } : {}),
    optional: true,
    ...(os.length > 0 ? { os } : {}),
  };
}

/** @param {Record<string, object>} packages */
function sorted(packages) {
  return Object.fromEntries(Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, 'en')));
}

module.exports = { missing };
if (require.main === module) main();
