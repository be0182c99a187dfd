import { besides, type Environment } from '../config/environment.ts';
import { UserError } from './user-error.ts';

/** The environment with `--port`, which goes before LONGHAUL_PORT; the UI's port follows it. */
export function withPorts(environment: Environment, port: string | undefined): Environment {
  if (port === undefined) return environment;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 64_535)
    throw new UserError(`--port "${port}" must be a port, or 0 for a free one`, 2);
  return { ...environment, port: Number(port), uiPort: besides(Number(port)) };
}
