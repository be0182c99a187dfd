import { createHmac } from 'node:crypto';

const SECRET = 'the provider alone knows it';

/** What stands beside a thought, so that it comes back as it was. */
export const sign = (thinking: string): string => createHmac('sha256', SECRET).update(thinking).digest('base64');

export const isSigned = (thinking: unknown, signature: unknown): boolean =>
  typeof thinking === 'string' && signature === sign(thinking);
