'use strict';
const { readFileSync } = require('node:fs');

/** Names a process so that a later one with the same pid is told apart: pid and, on Linux, when it began. @param {number} pid */
function markOf(pid) {
  return `${pid}:${startOf(pid)}`;
}

/** Whether the process that a mark names is alive. @param {string} mark */
function isSameProcess(mark) {
  const [pid, start = ''] = mark.split(':');
  return isAlive(Number(pid)) && (start === '' || startOf(Number(pid)) === start);
}

/** @param {number} pid */
function isAlive(pid) {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
  return stateOf(pid) !== 'Z';
}

/** Ticks after boot at which a process began; empty where the system does not say. @param {number} pid */
const startOf = (pid) => fieldsOf(pid)[19] ?? '';

/** @param {number} pid */
const stateOf = (pid) => fieldsOf(pid)[0] ?? '';

/** The fields of /proc/<pid>/stat behind the program's name, which may hold spaces. @param {number} pid @returns {string[]} */
function fieldsOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

module.exports = { isAlive, isSameProcess, markOf };
