import { checks as checksSchema, gradeLeaf } from '../../../core/check.ts';
import { AGENT_FILES, PROGRAMS, type Micropaper } from '../../../core/micropaper/generate.ts';
import { MICROPAPER_INSTRUCTIONS } from '../../../core/micropaper/instructions.ts';
import { parsePage, twoDigits } from '../../../core/micropaper/page.ts';
import { words } from '../../../core/micropaper/vocabulary.ts';
import { outcomeOf } from '../../../core/micropaper/world.ts';
import { leaves } from '../../../core/rubric/node.ts';
import { rollUp } from '../../../core/rubric/roll-up.ts';
import { parseRubric } from '../../../core/rubric/text.ts';
import type { Turn } from '../../../core/trajectory.ts';
import type { Policy } from '../../../activities/policies/policy.ts';

/** What a micropaper's workspace answers to a command, and the seconds that were slept under it. */
export type World = (command: string) => { output: string; slept: number };

/** A micropaper's workspace without a shell: the same programs, computed here. */
export function imaginedWorld(paper: Micropaper): World {
  const files = new Map(AGENT_FILES.map((path): [string, string] => [path, paper.files[path] ?? '']));
  const append = (path: string, line: string): void => void files.set(path, `${files.get(path) ?? ''}${line}\n`);
  const lastLine = (path: string, name: string): string | undefined =>
    files
      .get(path)
      ?.split('\n')
      .findLast((line) => line.startsWith(`${name} `));
  return (command) => {
    const [program = '', ...rest] = command.split(' ');
    if (program === 'ls') return { output: [...files.keys(), ...PROGRAMS].sort(byName).join('\n'), slept: 0 };
    if (program === 'cat') return { output: files.get(rest[0] ?? '') ?? 'cat: No such file or directory', slept: 0 };
    const name = rest.at(-1) ?? '';
    if (program === 'echo') {
      append(name, rest.slice(0, -2).join(' '));
      return { output: '', slept: 0 };
    }
    const [configured] = parsePage(`${lastLine('runs.txt', name) ?? ''} .`);
    if (!configured) return { output: `no configuration for ${name}\n`, slept: 0 };
    const { record, seconds, losses, result } = outcomeOf(configured, { min: 20, max: 80 });
    if (rest[0] === 'eval.sh') return { output: `${result}\n`, slept: 1 };
    append('log.txt', record);
    const output = losses.map((loss, index) => `${name} epoch ${index + 1} loss=${twoDigits(loss)} .\n`).join('');
    return { output, slept: seconds };
  };
}

export interface Attempt {
  turns: Turn[];
  seconds: number;
  score: number;
  /** Words, and the four marks that a chat template puts around a turn. */
  tokens: number;
}

/** Plays a policy on a paper until it submits: 4 s a turn, 1 s a call, and what is slept. */
export async function playOut(
  policy: Policy,
  paper: Micropaper,
  { rollout, world }: { rollout: string; world: World },
): Promise<Attempt> {
  const turns: Turn[] = [];
  let seconds = 0;
  for (;;) {
    const request = { rollout, instructions: MICROPAPER_INSTRUCTIONS, turns };
    const { text, calls, usage, policyVersion } = await policy.nextTurn(request, new AbortController().signal);
    const command = calls[0]?.input['command'];
    const { output, slept } = typeof command === 'string' ? world(command) : { output: '', slept: 0 };
    seconds += 4 + (typeof command === 'string' ? 1 + slept : 0);
    const turn = turns.length;
    const seen = { callId: calls[0]?.id ?? '', output, exitCode: 0, ended: 'exit' as const, seconds: 1 + slept };
    turns.push({
      acted: { type: 'acted', epoch: 0, turn, text, calls, usage, policyVersion, active: seconds },
      observed: { type: 'observed', epoch: 0, turn, observations: command ? [seen] : [], active: seconds },
    });
    if (calls.some((call) => call.name === 'submit')) break;
  }
  return { turns, seconds, score: scoreOf(paper, world), tokens: tokensOf(turns) };
}

/** The score of what is in the workspace, by the paper's own checks. */
export function scoreOf(paper: Micropaper, world: World): number {
  const rubric = parseRubric(paper.files['rubric.json'] ?? '');
  const checks = checksSchema.parse(JSON.parse(paper.files['checks.json'] ?? ''));
  const scores = leaves(rubric).map(({ id }): [string, number] => {
    const check = checks[id];
    if (!check) throw new Error(`leaf ${id} has no check`);
    return [id, gradeLeaf(check, { output: world(check.command).output, exitCode: 0, ended: 'exit' }).score];
  });
  return rollUp(rubric, new Map(scores));
}

const tokensOf = (turns: Turn[]): number =>
  turns.reduce(
    (sum, { acted, observed }) =>
      sum + words(acted.text).length + words(observed.observations.map(({ output }) => output).join(' ')).length + 4,
    words(MICROPAPER_INSTRUCTIONS).length + 2,
  );

const byName = (one: string, other: string): number => (one < other ? -1 : 1);
