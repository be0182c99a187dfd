/** Calls back when this process should end: by signal, or because the process that started it is gone (its IPC channel closes). */
export function onRequestToStop(stop: (reason: string) => void): void {
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  if (process.channel) process.once('disconnect', () => stop('the parent process is gone'));
}
