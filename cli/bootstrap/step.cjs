'use strict';

/** A line for the person who waits; stdout is kept for results. @param {string} text */
function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * Does one step of the set-up: says what begins, now and then that it goes on, and how long it took.
 * @template T @param {string} title @param {(progress: (line: string) => void) => Promise<T>} work @returns {Promise<T>}
 */
async function step(title, work) {
  const begun = Date.now();
  const seconds = () => `${Math.round((Date.now() - begun) / 100) / 10} s`;
  say(`set-up: ${title} …`);
  let last = '';
  const ticker = setInterval(() => say(`set-up: ${title}, ${seconds()} so far${last ? `: ${last}` : ''}`), 10_000);
  try {
    const result = await work((line) => (last = line));
    say(`set-up: ${title}: done in ${seconds()}`);
    return result;
  } finally {
    clearInterval(ticker);
  }
}

module.exports = { say, step };
