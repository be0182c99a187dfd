'use strict';

/** Throws where this Node is none that package.json's `engines` asks for. @param {string} version such as `20.19.1` */
function refuseOldNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22) return;
  throw new Error(
    `Node ${version} is too old: Longhaul needs 20.19 or newer of the 20 series, or 22.12 or newer (https://nodejs.org, or \`nvm install 22\`)`,
  );
}

module.exports = { refuseOldNode };
