'use strict';

/** A reader that has gone, as `head` does, has seen enough: it is told nothing more, and the command goes on to its end. */
function letReadersGo() {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

/**
 * The one way out of a command: a pipe holds 64 KiB, and what it has not taken yet is lost when a process ends. Waits for the
 * reader, however slow, then ends the process whatever else is still open.
 * @param {number} code the exit code
 */
async function leave(code) {
  await Promise.all([process.stdout, process.stderr].map(taken));
  process.exit(code);
}

/** Resolves once all that was written has been taken, or nobody is left to take it. @param {NodeJS.WriteStream} stream */
function taken(stream) {
  return new Promise((resolve) => stream.write('', resolve));
}

module.exports = { leave, letReadersGo };
