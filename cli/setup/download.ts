import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { arch, platform } from 'node:os';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { Environment } from '../../config/environment.ts';
import { runProgram } from '../bootstrap/run-program.cjs';
import { step } from '../bootstrap/step.cjs';
import { placeBinary } from './place.ts';
import { CLI_VERSION } from './temporal-version.ts';

const CONNECT_MS = 5_000;
const STALLED_MS = 30_000;
const ARCHITECTURES: Partial<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const answer = z.object({ archiveUrl: z.url(), fileToExtract: z.string().regex(/^[\w.-]+$/) });

/** Downloads the official binary, as the SDK does, to `target`. */
export async function downloadTemporal(environment: Environment, target: string): Promise<void> {
  const { archiveUrl, fileToExtract } = await ask(environment.temporalDownload);
  await step(`downloading temporal ${CLI_VERSION} from ${archiveUrl}`, (progress) =>
    placeBinary(target, async (folder) => {
      const archive = join(folder, 'archive.tar.gz');
      await fetchTo(archiveUrl, archive, progress);
      await runProgram(['tar', '-xzf', archive, '-C', folder, fileToExtract]);
      return join(folder, fileToExtract);
    }),
  );
}

async function ask(site: string): Promise<z.infer<typeof answer>> {
  const architecture = ARCHITECTURES[arch()];
  if (!architecture) throw new Error(`there is none for ${arch()}`);
  const address = `${site}/cli/v${CLI_VERSION}?arch=${architecture}&platform=${platform()}&format=tar.gz`;
  const response = await fetch(address, { signal: AbortSignal.timeout(CONNECT_MS) }).catch((error: unknown) => {
    throw new Error(`${site} cannot be reached (${reason(error)})`);
  });
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return answer.parse(await response.json());
}

/** Writes what the address holds to a file; a stream that stalls or ends early is an error. */
async function fetchTo(address: string, file: string, progress: (line: string) => void): Promise<void> {
  const stalled = new AbortController();
  const watch = setTimeout(() => stalled.abort(new Error(`nothing came for ${STALLED_MS / 1000} s`)), STALLED_MS);
  try {
    const response = await fetch(address, { signal: stalled.signal });
    if (!response.ok || !response.body) throw new Error(`${address} answered ${response.status}`);
    const expected = Number(response.headers.get('content-length') ?? 0);
    let received = 0;
    const count = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        received += chunk.length;
        watch.refresh();
        progress(`${Math.round(received / 1e6)} of ${expected ? Math.round(expected / 1e6) : '?'} MB`);
        done(null, chunk);
      },
    });
    await pipeline(Readable.fromWeb(response.body), count, createWriteStream(file));
    if (expected && received !== expected) throw new Error(`${received} of ${expected} bytes came`);
  } catch (error) {
    throw new Error(`the download broke off (${reason(error)})`, { cause: error });
  } finally {
    clearTimeout(watch);
  }
}

const reason = (error: unknown): string => {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
};
