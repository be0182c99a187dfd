'use strict';
const { existsSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { hashOfSources } = require('./source-hash.cjs');
const { runProgram } = require('./run-program.cjs');
const { step } = require('./step.cjs');

const FOLDERS = ['core', 'workflows', 'activities', 'workers', 'config', 'cli', 'bench'];
const FILES = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

/** @param {string} root */
const stampOf = (root) => join(root, 'dist/.built-from');

const build = {
  /** Whether dist/ was built from other sources than these. @param {string} root */
  needed(root) {
    const stamp = stampOf(root);
    return !existsSync(stamp) || readFileSync(stamp, 'utf8') !== hashOfSources(root, FOLDERS, FILES);
  },

  /** @param {string} root */
  async run(root) {
    if (!build.needed(root)) return;
    const hash = hashOfSources(root, FOLDERS, FILES);
    // The compiler writes over dist/ even where it fails: what is there is then built from nothing that could be named.
    rmSync(stampOf(root), { force: true });
    await step('compiling to dist/ (tsc)', () =>
      runProgram([process.execPath, 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { cwd: root }),
    );
    await step('bundling the workflows', () =>
      runProgram([process.execPath, 'dist/cli/build-workflow-bundle.js'], { cwd: root }),
    );
    writeFileSync(stampOf(root), hash);
  },
};

module.exports = { build };
