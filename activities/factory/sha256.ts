import { createHash } from 'node:crypto';

/** The hash that a text is known by. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
