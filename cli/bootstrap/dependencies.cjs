'use strict';
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { runProgram } = require('./run-program.cjs');
const { step } = require('./step.cjs');

/** @typedef {{version?: string, optional?: boolean, peer?: boolean}} Package */

const install = {
  /**
   * Whether node_modules lacks what the lock file names. npm writes its own list last, so an install that broke off has none.
   * @param {string} root
   */
  needed(root) {
    const wanted = packages(join(root, 'package-lock.json'));
    const present = packages(join(root, 'node_modules/.package-lock.json'));
    return Object.entries(wanted).some(
      ([path, { version, optional }]) =>
        path !== '' && !(optional && !present[path]) && present[path]?.version !== version,
    );
  },

  /** @param {string} root */
  async run(root) {
    if (!install.needed(root)) return;
    await step('installing npm packages (npm ci, about 250 MB, once)', (progress) =>
      runProgram(['npm', 'ci', '--include=dev', '--no-audit', '--no-fund'], { cwd: root, progress }),
    );
  },
};

/** @param {string} file @returns {Record<string, Package>} none where there is no such file */
function packages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return {};
    throw error;
  }
}

module.exports = { install };
