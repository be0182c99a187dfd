export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];
export type Fields = Record<string, unknown>;

/** Logs are one JSON line per event worth knowing; fields such as `run`, `stage` and `rollout` say what it is about. */
export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** The same logger with fields that every line carries. */
  with(fields: Fields): Logger;
}

/** A logger that writes to stderr, or where `write` says. */
export function createLogger(
  level: Level,
  fields: Fields = {},
  write: (line: string) => void = (line) => process.stderr.write(line),
): Logger {
  const at = (own: Level) => (message: string, more?: Fields) => {
    if (LEVELS.indexOf(own) < LEVELS.indexOf(level)) return;
    const line = { time: new Date().toISOString(), level: own, message, ...fields, ...more };
    write(`${JSON.stringify(line, readable)}\n`);
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (more) => createLogger(level, { ...fields, ...more }, write),
  };
}

/** Errors and big integers are not JSON. */
function readable(_key: string, value: unknown): unknown {
  if (value instanceof Error) return value.stack ?? value.message;
  return typeof value === 'bigint' ? String(value) : value;
}
