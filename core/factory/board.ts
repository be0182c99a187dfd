import { stageBoard, type StageBoard } from '../board.ts';
import type { PaperCounts } from '../status.ts';
import type { Outcome } from './outcome.ts';

/** What a workflow learns of one paper; the rest is in its outcome. */
export type PaperSummary = Pick<Outcome, 'paper' | 'outcome' | 'leaves' | 'cost' | 'from'> & { why: string | null };

/** The factory's status as it changes. */
export type FactoryBoard = StageBoard & { papers: PaperCounts };

export const factoryBoard = (startedAt: string | null): FactoryBoard => ({
  ...stageBoard('factory', startedAt),
  papers: { found: 0, made: 0, dropped: 0, failed: 0, cancelled: 0, leaves: 0, takenOver: 0 },
});

/** Counts a paper that has come to its end. */
export function addPaper(board: FactoryBoard, summary: PaperSummary): void {
  board.papers[summary.outcome] += 1;
  board.papers.leaves += summary.leaves;
  if (summary.from !== undefined) board.papers.takenOver = (board.papers.takenOver ?? 0) + 1;
  board.cost.usd += summary.cost.paid;
  board.cost.inputTokens += summary.cost.inputTokens;
  board.cost.outputTokens += summary.cost.outputTokens;
}

export const papersDone = ({ papers }: FactoryBoard): number =>
  papers.made + papers.dropped + papers.failed + papers.cancelled;

/** The factory as Markdown, for the details pane of the Temporal UI. */
export function factoryDetails(board: FactoryBoard, waitsFor: string | null, commands: readonly string[] = []): string {
  const { papers, cost } = board;
  const waiting = waitsFor === null ? [] : [`**${board.state}**: ${waitsFor}`, ''];
  const help = commands.length > 0 ? ['', ...commands.map((command) => `    ${command}`)] : [];
  const taken = papers.takenOver ? [`Of these papers ${papers.takenOver} were taken over from another run.`, ''] : [];
  return [
    ...waiting,
    ...taken,
    '| papers | in flight | tasks made | leaves | dropped | failed | cancelled | paid |',
    '| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    `| ${[papers.found, board.inFlight, papers.made, papers.leaves, papers.dropped, papers.failed, papers.cancelled, `$${cost.usd.toFixed(2)}`].join(' | ')} |`,
    ...help,
  ].join('\n');
}
