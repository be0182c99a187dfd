import { z } from 'zod';
import { DURATION } from './duration.ts';

/** A run, a task, a suite or a policy: shell- and URL-safe, no dot, because dots separate the parts of an id. */
export const name = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, 'must be lower-case letters, digits and inner hyphens')
  .max(63, 'must be at most 63 characters');

/** A duration as people write it, `90s`, `15m`, `2h`: a whole number and a unit, so that it can stand in a stage's name. */
export const duration = z.string().regex(DURATION, 'must be a whole number and a unit, such as 90s, 15m, 2h or 7d');

/** A share between 0 and 1. */
export const share = z.number().min(0).max(1);
