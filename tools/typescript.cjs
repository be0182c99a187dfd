// Lets a plain `node` run this checkout's TypeScript as the tests do: `node -r ./tools/typescript.cjs file.ts`.
'use strict';
/* oxlint-disable no-underscore-dangle -- Node's names */
const { readFileSync } = require('node:fs');
const { Module } = require('node:module');
const { join } = require('node:path');

const config = JSON.parse(readFileSync(join(__dirname, '..', '.swcrc'), 'utf8'));

Module._extensions['.ts'] = (module, filename) => {
  const { transformSync } = require('@swc/core');
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    ...config,
    configFile: false,
    swcrc: false,
    filename,
  });
  module._compile(code, filename);
};
