/** Aborted by SIGTERM, SIGINT (Ctrl-C) or SIGHUP, with the signal's name as the reason; a second one ends the process at once. */
export function untilStopped(): AbortSignal {
  const stopped = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (stopped.signal.aborted && name === 'SIGINT') process.exit(130);
      stopped.abort(name);
    });
  }
  return stopped.signal;
}

/** Resolves once the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
