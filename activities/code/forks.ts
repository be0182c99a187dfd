import { z } from 'zod';
import type { Ask } from '../sources/asking.ts';

const PACE = 1000;
const MOST = 100;
const listed = z.array(z.object({ html_url: z.string() }));

/** The forks of a repository on GitHub, the most starred first; none elsewhere. */
export async function forksOf(
  repository: string,
  { github, ask, signal }: { github: string; ask: Ask; signal?: AbortSignal | undefined },
): Promise<string[]> {
  const name = /^https:\/\/github\.com\/([^/]+\/[^/]+)$/.exec(repository)?.[1];
  if (!name) return [];
  const url = `${github}/repos/${name}/forks?sort=stargazers&per_page=${MOST}`;
  const { status, body } = await ask({ url, pace: PACE, headers: { accept: 'application/vnd.github+json' }, signal });
  if (status !== 200) return [];
  return listed.parse(JSON.parse(body.toString('utf8'))).map((fork) => fork.html_url);
}
