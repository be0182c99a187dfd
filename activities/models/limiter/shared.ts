import { hostname } from 'node:os';
import { join } from 'node:path';
import { createClaims } from './claims.ts';
import { createLimiter, type Limiter, type Share, type Wanted } from './limiter.ts';
import { greetOwner, type OwnerEvents, type OwnerLine } from './owner-line.ts';
import { claimOwnership, newestOwner } from './owners.ts';
import { serveLimiter, type LimiterServer } from './server.ts';

export interface SharedLimiter extends Limiter {
  close(): void;
}

/** Between two looks for an owner, and between two looks whether there is a newer one. */
const PAUSE_MS = 50;
const LOOK_MS = 5000;
/** From a new owner's claim to its first share: by then all processes have told it what they hold. */
const TAKEOVER_MS = 1000;

/**
 * One limiter for all processes that share a folder: the first that needs it owns it and serves the others; when its process is
 * gone, another takes over. Shares that are held then are reported to the new owner, and who waits goes on waiting there.
 */
export function createSharedLimiter({ folder, host }: { folder: string; host: string }): SharedLimiter {
  let line: Promise<OwnerLine> | undefined;
  let closed = false;
  const tell = (say: (line: OwnerLine) => void): void => void line?.then(say).catch(() => undefined);
  const claims = createClaims(tell);
  const finder = ownerFinder(folder, host, { granted: claims.granted, lost });

  function lost(): void {
    line = undefined;
    if (!closed && claims.any()) void open().catch(claims.failAll);
  }

  function open(): Promise<OwnerLine> {
    line ??= findOwner().catch((error: unknown) => {
      line = undefined;
      throw error;
    });
    return line;
  }

  async function findOwner(): Promise<OwnerLine> {
    const found = await finder.find();
    if (closed) found.close();
    claims.repeatOn(found);
    return found;
  }

  async function acquire(wanted: Wanted, signal: AbortSignal): Promise<Share> {
    signal.throwIfAborted();
    const { id, share } = claims.add(wanted);
    const leave = (): void => claims.leave(id, signal.reason as Error);
    signal.addEventListener('abort', leave, { once: true });
    void open().then((found) => claims.askOn(found, id), claims.failAll);
    try {
      return await share;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /** Two owners at a time happen where one seemed dead and was not: everyone moves to the newer one. */
  async function followNewest(): Promise<void> {
    const [now, newest] = await Promise.all([line, newestOwner(folder)]);
    if (now && newest && newest.epoch > now.epoch) now.close();
  }
  const looking = setInterval(() => void (line && followNewest().catch(() => undefined)), LOOK_MS).unref();

  return {
    acquire,
    close() {
      closed = true;
      clearInterval(looking);
      claims.failAll(new Error('the limiter is closed'));
      tell((now) => now.close());
      finder.close();
    },
  };
}

/** Where a home's limits are owned: by one machine, or by all where this one has an address that the others reach. */
export function limitsFolder(home: string, host: string): string {
  const isReached = !/^(?:127\.|localhost$|::1$)/.test(host);
  return join(home, 'limiter', isReached ? 'shared' : hostname());
}

/** Finds the owner of a folder's limits, or becomes it. */
function ownerFinder(folder: string, host: string, events: OwnerEvents) {
  let own: LimiterServer | undefined;
  let closed = false;
  return {
    async find(): Promise<OwnerLine> {
      for (;;) {
        if (closed) throw new Error('the limiter is closed');
        const owner = await newestOwner(folder);
        const found = owner && (await greetOwner(owner, events));
        if (found) return found;
        own ??= await serveLimiter(createLimiter(), host);
        own.rest(owner ? TAKEOVER_MS : 0);
        await claimOwnership(folder, { epoch: (owner?.epoch ?? 0) + 1, host: own.host, port: own.port });
        await new Promise((resolve) => setTimeout(resolve, owner ? PAUSE_MS * Math.random() : 0));
      }
    },
    close(): void {
      closed = true;
      own?.close();
    },
  };
}
