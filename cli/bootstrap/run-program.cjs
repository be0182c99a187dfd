'use strict';
const { spawn } = require('node:child_process');

const KEPT_LINES = 25;

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
      if (line && progress) progress(line.slice(0, 100));
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) => reject(new Error(`\`${command.join(' ')}\` could not run: ${error.message}`)));
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(output);
      const tail = output.trim().split('\n').slice(-KEPT_LINES).join('\n');
      reject(new Error(`\`${command.join(' ')}\` ended with ${code ?? signal}:\n${tail}`));
    });
  });
}

module.exports = { runProgram };
