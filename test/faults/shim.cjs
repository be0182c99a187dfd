// @ts-nocheck -- it reaches into what Node keeps to itself
// Loaded into every worker of a fault run (`node --require`): makes the store, the clock, the policy server, its updates and the
// judge's sandbox misbehave for as long as `faults.json` of the home says so. Nothing of it is part of the product.
'use strict';
const fs = require('node:fs');
const http = require('node:http');
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

/** Says that something was made to go wrong: a fault that nobody felt is none. */
function struck(mode) {
  if (!fs.existsSync(hit)) fs.writeFileSync(hit, mode);
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const failure = (code) => Object.assign(new Error(`${code}: injected`), { code });

/** Before a write to the store. */
async function beforeWrite(path) {
  if (typeof path === 'string' && !path.startsWith(store)) return;
  const mode = faults().store;
  if (mode === undefined || (mode === 'flaky' && Math.random() >= 0.1) || mode === 'torn') return;
  struck(mode);
  if (mode === 'slow') await pause(250);
  else throw failure(mode === 'full' ? 'ENOSPC' : 'EIO');
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
        struck(mode);
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
  const shifted = () => {
    const ms = faults().clockMs ?? 0;
    if (ms !== 0) struck('clock');
    return now() + ms;
  };
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args) => (args.length === 0 ? new target(shifted()) : new target(...args)),
    get: (target, key) => (key === 'now' ? shifted : target[key]),
  });
}

/** What a policy server says that is not well. */
const NONSENSE = {
  500: [500, {}, '{"error":{"message":"injected"}}'],
  429: [429, { 'retry-after': '1' }, '{}'],
  garbage: [200, {}, '<html>injected</html>'],
  ignored: [200, {}, '{"success":true,"message":"injected"}'],
};

/**
 * A policy server that answers nonsense, or not at all, and updates of its weights that half succeed: a question that is to go
 * wrong goes to a server of our own, which knows how.
 */
function patchRequests(modeOf) {
  const original = http.request;
  const between = http.createServer((question, answer) => void mistreat(original, question, answer));
  between.listen(0, '127.0.0.1').unref();
  const ask = (url, options, ...rest) => {
    const mode = modeOf(url);
    if (mode === undefined) return original(url, options, ...rest);
    struck(mode);
    const headers = { ...options.headers, 'x-mode': mode, 'x-target': String(url) };
    return original(`http://127.0.0.1:${between.address().port}/`, { ...options, headers }, ...rest);
  };
  http.request = ask;
}

async function mistreat(request, question, answer) {
  const { 'x-mode': mode, 'x-target': target } = question.headers;
  const body = await textOf(question);
  if (mode in NONSENSE) {
    const [status, headers, text] = NONSENSE[mode];
    answer.writeHead(status, headers).end(text);
    return;
  }
  if (mode === 'nothing') {
    while (faults().policy === 'nothing') await pause(100);
    answer.destroy();
    return;
  }
  // Whoever is to die half way dies now.
  if (mode === 'cut') await pause(100);
  const options = { method: question.method, headers: { 'content-type': 'application/json' } };
  const forwarded = request(target, options, async (real) => {
    const text = await textOf(real);
    if (mode === 'lost') answer.destroy();
    else answer.writeHead(real.statusCode).end(text);
  });
  forwarded.on('error', () => answer.destroy());
  forwarded.end(body);
}

async function textOf(stream) {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += chunk;
  return text;
}

const policyMode = (url) => (String(url).includes('/v1/completions') ? faults().policy : undefined);

/** Of the updates, one is struck. */
const syncMode = (url) =>
  String(url).endsWith('/update_weights_from_disk') && !fs.existsSync(hit) ? faults().sync : undefined;

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
    struck('garbage');
    const line = GARBAGE[Math.floor(Math.random() * GARBAGE.length)];
    return push.call(this, Buffer.from(`${line}\n`));
  };
}

if (isWorker && home !== '') {
  patchFiles();
  patchClock();
  if (pool === 'rollout') patchRequests(policyMode);
  if (pool === 'trainer') patchRequests(syncMode);
  if (pool === 'judge') {
    patchSockets();
    patchChecks();
  }
}
