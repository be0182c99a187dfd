import { findPython } from '../../activities/sandboxes/python.ts';
import type { Environment } from '../../config/environment.ts';
import { ensureSandbox } from './sandbox.ts';
import { ensureTemporal, type Temporal } from './temporal.ts';

export interface Tools {
  temporal: Temporal;
  /** The interpreter that supervises sandboxes. */
  python: string;
  /** How agents are isolated, for a person. */
  sandbox: string;
}

/** Finds what a run needs besides npm packages, and brings what is missing; throws a sentence with the command that would. */
export async function ensureTools(environment: Environment): Promise<Tools> {
  return { temporal: await ensureTemporal(environment), ...(await ensureWorkerTools(environment)) };
}

/** The same for workers, whose server is elsewhere. */
export async function ensureWorkerTools({ unsafeSandbox }: Environment): Promise<Omit<Tools, 'temporal'>> {
  return { python: await findPython(), sandbox: await ensureSandbox({ unsafe: unsafeSandbox }) };
}
