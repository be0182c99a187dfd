import type { ToolCall, Turn } from '../trajectory.ts';
import type { Source } from './find-violations.ts';

/** What of a trajectory the monitor looks at: every call, whatever the tool, and everything that came back. */
export function* sourcesOf(turns: readonly Turn[]): Generator<Source> {
  for (const { acted, observed } of turns) {
    for (const call of acted.calls) yield* ofCall(call, `turn ${acted.turn}, ${call.name}`);
    for (const { output } of observed.observations) {
      yield { kind: 'output', where: `turn ${acted.turn}, output`, text: output };
    }
  }
}

const PATHS = ['path', 'file', 'file_path', 'filename'];
const CONTENTS = ['content', 'text', 'file_text', 'new_str', 'new_string', 'insert_text'];

function* ofCall({ name, input }: ToolCall, where: string): Generator<Source> {
  const path = PATHS.map((key) => input[key]).find((value) => typeof value === 'string');
  for (const [key, value] of Object.entries(input)) {
    if (typeof value !== 'string' || PATHS.includes(key)) continue;
    if (path !== undefined && CONTENTS.includes(key))
      yield { kind: 'file', where: `${where} ${path}`, path, text: value };
    else if (/url|uri|address|repo/i.test(key)) yield { kind: 'address', where, text: value };
    else if (/python|ipython|jupyter/i.test(name)) yield { kind: 'file', where, path: 'program.py', text: value };
    else yield { kind: 'shell', where, text: value };
  }
}
