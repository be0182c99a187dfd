// Every command begins here, in plain JavaScript: right after `git clone` there is neither node_modules nor dist.
'use strict';
const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { build } = require('./bootstrap/build.cjs');
const { install } = require('./bootstrap/dependencies.cjs');
const { withLock } = require('./bootstrap/lock.cjs');
const { refuseOldNode } = require('./bootstrap/node-version.cjs');
const { say } = require('./bootstrap/step.cjs');
const { leave, letReadersGo } = require('./bootstrap/way-out.cjs');

const root = join(__dirname, '..');

letReadersGo();
main(process.argv.slice(2)).then(leave, (error) => {
  say(error instanceof Error ? error.message : String(error));
  return leave(1);
});

/** @param {string[]} argv @returns {Promise<number>} the exit code */
async function main([command = '', ...args]) {
  const own = args.slice(0, args.includes('--') ? args.indexOf('--') : undefined);
  if (own.includes('--help') || own.includes('-h')) return help(command);
  refuseOldNode(process.versions.node);
  await prepare(command);
  return require(join(root, 'dist/cli/entry.js')).main(command, args);
}

/** Packages and build, whatever is missing of them; a build that fails does not keep the tests from saying why. @param {string} command */
async function prepare(command) {
  const lock = join(root, '.longhaul/set-up.lock');
  const wait = /** @param {number} pid */ (pid) => say(`waiting for the set-up that process ${pid} is doing`);
  if (install.needed(root)) await withLock(lock, () => install.run(root), wait);
  if (!build.needed(root)) return;
  try {
    await withLock(lock, () => build.run(root), wait);
  } catch (error) {
    if (command !== 'test' || !existsSync(join(root, 'dist/cli/entry.js'))) throw error;
    say(error instanceof Error ? error.message : String(error));
  }
}

/** @param {string} command */
function help(command) {
  const folder = join(__dirname, 'help');
  const page = join(folder, `${command}.txt`);
  if (!existsSync(page)) throw new Error(`there is no help for "${command}"`);
  process.stdout.write(`${readFileSync(page, 'utf8')}\n${readFileSync(join(folder, 'environment.txt'), 'utf8')}`);
  return 0;
}
