import type { Report } from '../../core/report.ts';
import { markup } from './markup.ts';
import { costPart } from './parts/cost.ts';
import { factoryPart } from './parts/factory.ts';
import { evaluationsPart } from './parts/evaluations.ts';
import { figuresPart, headPart } from './parts/head.ts';
import { ledgerPart } from './parts/ledger.ts';
import { lossesPart } from './parts/losses.ts';
import { notesPart } from './parts/notes.ts';
import { rlPart } from './parts/rl.ts';
import { stagesPart } from './parts/stages.ts';
import { trainingPart } from './parts/training.ts';
import { windowsPart } from './parts/windows.ts';
import { pageOf } from './shell.ts';

/**
 * `report.html`: the report as one page that stands alone. It needs neither a script nor a network, and the same report
 * always makes the same bytes.
 */
export function reportPage(report: Report): string {
  const parts = [
    notesPart,
    figuresPart,
    evaluationsPart,
    rlPart,
    stagesPart,
    factoryPart,
    trainingPart,
    lossesPart,
    windowsPart,
    ledgerPart,
    costPart,
  ];
  return pageOf({
    title: report.run,
    head: headPart(report),
    parts: parts.map((part) => part(report)),
    footer: markup`Every figure is computed from the manifests and records in the run’s folder; <code>report.json</code> and
<code>ledger.jsonl</code> beside this page hold them for programs.`,
  });
}
