'use strict';
const { createHash } = require('node:crypto');
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const SOURCE = /\.(?:ts|cjs|json)$/;

/**
 * A hash of all sources in these folders and of these files, by name and content.
 * @param {string} root @param {string[]} folders @param {string[]} files
 */
function hashOfSources(root, folders, files) {
  const inFolders = folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => SOURCE.test(name))
        .map((name) => join(folder, name)),
    );
  const hash = createHash('sha256');
  for (const name of [...inFolders, ...files].toSorted()) {
    const bytes = readFileSync(join(root, name));
    hash.update(`${name}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

module.exports = { hashOfSources };
