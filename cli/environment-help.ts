import { VARIABLES } from '../config/environment.ts';

/** The variables of the environment as help shows them; `cli/help/environment.txt` is this text. */
export function environmentHelp(): string {
  const names = Object.keys(VARIABLES).filter((name) => name !== 'PATH');
  const width = Math.max(...names.map((name) => name.length));
  const rows = Object.entries(VARIABLES)
    .filter(([name]) => name !== 'PATH')
    .map(([name, [, standard, purpose]]) => `  ${name.padEnd(width)}  ${purpose}${shownDefault(name, standard)}`);
  return `Environment:\n${rows.join('\n')}\n`;
}

/** Slots follow the machine, so their default is not a fixed text. */
function shownDefault(name: string, standard: string): string {
  if (name === 'LONGHAUL_JUDGE_SLOTS') return ' [2 per core]';
  return standard === '' ? '' : ` [${standard}]`;
}
