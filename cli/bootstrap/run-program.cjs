'use strict';
const { spawn } = require('node:child_process');

/** Programs say what went wrong at the beginning or at the end. */
const KEPT = { first: 10, last: 15 };

/**
 * Runs a program to its end, without stdin. Resolves with what it printed; rejects with the command and the last lines where it fails
 * or is not there.
 * @param {string[]} command
 * @param {{cwd?: string, env?: Record<string, string | undefined>, progress?: (line: string) => void}} [options]
 * @returns {Promise<string>}
 */
function runProgram(command, { cwd, env, progress } = {}) {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, ...(env ? { env } : {}), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (/** @type {Buffer} */ chunk) => {
      output += chunk.toString();
      const line = chunk.toString().trim().split('\n').at(-1);
      if (line && progress && !line.startsWith('npm warn')) progress(line.slice(0, 100));
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) => reject(new Error(`\`${command.join(' ')}\` could not run: ${error.message}`)));
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(output);
      reject(
        new Error(`\`${command.join(' ')}\` ended with ${code ?? signal}:\n${shorten(output.trim().split('\n'))}`),
      );
    });
  });
}

/** @param {string[]} lines */
function shorten(lines) {
  const { first, last } = KEPT;
  if (lines.length <= first + last) return lines.join('\n');
  return [...lines.slice(0, first), `… ${lines.length - first - last} more lines …`, ...lines.slice(-last)].join('\n');
}

module.exports = { runProgram };
