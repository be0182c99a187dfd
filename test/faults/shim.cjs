// @ts-nocheck -- it reaches into what Node keeps to itself
// Loaded into every worker of a fault run (`node --require`): makes the store, the clock, the policy server, its updates and the
// judge's sandbox misbehave for as long as `faults.json` of the home says so. Nothing of it is part of the product.
'use strict';
const fs = require('node:fs');
const net = require('node:net');
const { basename, dirname, join } = require('node:path');

const home = process.env.LONGHAUL_HOME ?? '';
const isWorker = basename(dirname(process.argv[1] ?? '')) === 'workers';
const pool = basename(process.argv[1] ?? '', '.js');
const store = join(home, 'store');
const hit = join(home, 'faults.hit');
const RealDate = Date;
const now = Date.now;
const readFileSync = fs.readFileSync;
const LOOK_MS = 50;
/** Of every record of a turn log, at all times: rollouts take seconds without costing a processor. */
const PACE_MS = Number(process.env.LONGHAUL_FAULTS_PACE_MS ?? '0');

let looked = 0;
let current = {};

/** What goes wrong in this process now. */
function faults() {
  if (now() - looked > LOOK_MS) {
    looked = now();
    try {
      current = JSON.parse(readFileSync(join(home, 'faults.json'), 'utf8'));
    } catch {
      current = {}; // not there, or just being written
    }
  }
  const active = now() < (current.until ?? 0) && (current.pools?.includes(pool) ?? true);
  return active ? current : {};
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const failure = (code) => Object.assign(new Error(`${code}: injected`), { code });

/** Before a write to the store. */
async function beforeWrite(path) {
  if (typeof path === 'string' && !path.startsWith(store)) return;
  const mode = faults().store;
  if (mode === 'slow') await pause(250);
  if (mode === 'full') throw failure('ENOSPC');
  if (mode === 'flaky' && Math.random() < 0.1) throw failure('EIO');
}

function patchFiles() {
  const { promises } = fs;
  const paths = new WeakMap();
  const open = promises.open;
  promises.open = async (path, flags, mode) => {
    const writes =
      typeof flags === 'number'
        ? (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR)) !== 0
        : /[wa+]/.test(flags ?? 'r');
    if (writes) await beforeWrite(path);
    const handle = await open(path, flags, mode);
    paths.set(handle, path);
    patchHandle(Object.getPrototypeOf(handle), paths);
    return handle;
  };
  for (const name of ['writeFile', 'mkdir', 'rename']) {
    const original = promises[name];
    promises[name] = async (path, ...rest) => {
      await beforeWrite(path);
      return original(path, ...rest);
    };
  }
}

let patched = false;

function patchHandle(prototype, paths) {
  if (patched) return;
  patched = true;
  const { appendFile, writeFile } = prototype;
  prototype.appendFile = async function (text, ...rest) {
    const path = String(paths.get(this) ?? '');
    if (PACE_MS > 0 && path.endsWith('turns.jsonl')) await pause(PACE_MS);
    const mode = faults().store;
    if (path.startsWith(store) && (mode === 'full' || mode === 'torn') && typeof text === 'string') {
      // A disk that fills up takes the beginning.
      if (mode === 'full' || Math.random() < 0.2) {
        await appendFile.call(this, text.slice(0, Math.floor(text.length / 2)), ...rest);
        throw failure('ENOSPC');
      }
    }
    await beforeWrite(path);
    return appendFile.call(this, text, ...rest);
  };
  prototype.writeFile = async function (...args) {
    await beforeWrite(String(paths.get(this) ?? ''));
    return writeFile.apply(this, args);
  };
}

/** A clock that jumps, for a while: `Date` says another time, timers and `performance` go on. */
function patchClock() {
  const shifted = () => now() + (faults().clockMs ?? 0);
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args) => (args.length === 0 ? new target(shifted()) : new target(...args)),
    get: (target, key) => (key === 'now' ? shifted : target[key]),
  });
}

/** A policy server that answers nonsense, or not at all. */
function patchFetch() {
  const original = globalThis.fetch;
  globalThis.fetch = async (url, options) => {
    const isQuestion = typeof url === 'string' && url.includes('/v1/completions');
    const mode = isQuestion ? faults().policy : undefined;
    if (mode === '500') return new Response('{"error":{"message":"injected"}}', { status: 500 });
    if (mode === '429') return new Response('{}', { status: 429, headers: { 'retry-after': '1' } });
    if (mode === 'garbage') return new Response('<html>injected</html>', { status: 200 });
    if (mode === 'nothing') {
      while (faults().policy === 'nothing') {
        options?.signal?.throwIfAborted();
        await pause(100);
      }
      throw new TypeError('fetch failed', { cause: failure('ECONNRESET') });
    }
    return original(url, options);
  };
}

/** An update of an engine's weights that half succeeds. It says that it was struck, and is struck once. */
function patchUpdates() {
  const original = globalThis.fetch;
  globalThis.fetch = async (url, options) => {
    const isUpdate = typeof url === 'string' && url.endsWith('/update_weights_from_disk');
    const mode = isUpdate ? faults().sync : undefined;
    if (mode === undefined || fs.existsSync(hit)) return original(url, options);
    fs.writeFileSync(hit, mode);
    if (mode === 'ignored') return new Response('{"success":true,"message":"injected"}', { status: 200 });
    // Whoever is to die half way dies now.
    if (mode === 'cut') await pause(100);
    const answer = original(url, options);
    if (mode === 'cut') return answer;
    await (await answer).text();
    throw new TypeError('fetch failed', { cause: failure('ECONNRESET') });
  };
}

const CHANCE = ['[02468]', '[56789]', '[2367]'];

/**
 * A student that has learnt next to nothing scores 0 always, and RL would have nothing to learn from: in a fault run the first
 * leaves of a paper depend on whatever the rollout has left.
 */
function patchChecks() {
  const { promises } = fs;
  const original = promises.readFile;
  promises.readFile = async (path, ...rest) => {
    const content = await original(path, ...rest);
    if (typeof path !== 'string' || basename(path) !== 'checks.json') return content;
    const checks = JSON.parse(content);
    for (const [index, leaf] of Object.keys(checks).slice(0, CHANCE.length).entries()) {
      checks[leaf] = { command: 'cat -- * 2>/dev/null | cksum', expect: { matches: `^[0-9]*${CHANCE[index]} ` } };
    }
    return JSON.stringify(checks);
  };
}

const GARBAGE = ['not json at all', '[]', 'null', '{"n":1,"ok":{"exitCode":"zero"}}', '{"n":2}', '{"ok":true}'];

/** What a sandbox's supervisor says to the judge is replaced. Its sockets are the only ones of the process. */
function patchSockets() {
  const push = net.Socket.prototype.push;
  net.Socket.prototype.push = function (chunk, ...rest) {
    if (chunk === null || faults().judge !== 'garbage' || this.remoteAddress !== undefined)
      return push.call(this, chunk, ...rest);
    const line = GARBAGE[Math.floor(Math.random() * GARBAGE.length)];
    return push.call(this, Buffer.from(`${line}\n`));
  };
}

if (isWorker && home !== '') {
  patchFiles();
  patchClock();
  if (pool === 'rollout') patchFetch();
  if (pool === 'trainer') patchUpdates();
  if (pool === 'judge') {
    patchSockets();
    patchChecks();
  }
}
