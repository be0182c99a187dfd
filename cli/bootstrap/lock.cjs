'use strict';
const { randomUUID } = require('node:crypto');
const { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { dirname } = require('node:path');
const { isSameProcess, markOf } = require('./process-mark.cjs');

const POLL_MS = 200;

/**
 * Does the work while this process alone holds the lock file; waits for whoever holds it. A lock whose holder has died is taken over.
 * @template T
 * @param {string} file @param {() => T | Promise<T>} work @param {(pid: number) => void} [waiting] told once whom it waits for
 * @returns {Promise<T>}
 */
async function withLock(file, work, waiting = () => undefined) {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  while (!take(file)) {
    const holder = read(file);
    if (holder === undefined) continue;
    if (!isSameProcess(holder)) {
      removeStale(file, holder);
      continue;
    }
    if (!told) waiting(Number.parseInt(holder, 10));
    told = true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Creates the lock with its content at once; false where it is held. @param {string} file */
function take(file) {
  const aside = `${file}.${randomUUID()}`;
  writeFileSync(aside, markOf(process.pid));
  try {
    linkSync(aside, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(aside);
  }
}

/** Removes a dead holder's lock, unless somebody else has taken it over meanwhile. @param {string} file @param {string} dead */
function removeStale(file, dead) {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  if (readFileSync(aside, 'utf8') === dead) rmSync(aside);
  else renameSync(aside, file);
}

/** @param {string} file @returns {string | undefined} */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** @param {unknown} error */
const codeOf = (error) => /** @type {NodeJS.ErrnoException} */ (error).code;

module.exports = { withLock };
