import { createServer } from 'node:net';
import { UserError } from '../user-error.ts';
import { holderOf } from './port-holder.ts';

const HOST = '127.0.0.1';

/** The port itself where it is free, any free one for 0; throws a sentence that says who holds it. */
export async function freePort(port: number, wanted: { what: string; variable: string }): Promise<number> {
  try {
    return await probe(port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const holder = (await holderOf(port)) ?? 'another program';
    throw new UserError(
      `port ${port} (${wanted.what}) is taken by ${holder}: stop it, or choose another port by ${wanted.variable} (0: any free one)`,
    );
  }
}

/** Listens for a moment, and says where. */
function probe(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: HOST, exclusive: true }, () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address
          ? resolve(address.port)
          : reject(new Error(`no address for port ${port}`)),
      );
    });
  });
}
