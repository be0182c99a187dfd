import { countOutcomes, type LedgerRow } from '../../core/ledger.ts';
import type { StageManifest } from '../../core/manifest.ts';
import { countEnds, type StageReport } from '../../core/report.ts';
import { mean } from '../../core/statistics.ts';

/** A stage as the report shows it, from its manifest and its ledger. */
export function stageReportOf(manifest: StageManifest, rows: readonly LedgerRow[]): StageReport {
  const scores = rows.filter((row) => row.outcome === 'scored').map((row) => row.score ?? 0);
  return {
    name: manifest.stage,
    type: manifest.type,
    state: manifest.state,
    wanted: manifest.wanted,
    seconds: (Date.parse(manifest.endedAt) - Date.parse(manifest.startedAt)) / 1000,
    ...countOutcomes(rows),
    meanScore: mean(scores),
    ends: countEnds(rows),
    ...(manifest.reusedFrom === undefined ? {} : { reusedFrom: manifest.reusedFrom }),
    ...(manifest.accepted === undefined ? {} : { accepted: manifest.accepted.length }),
    ...(manifest.dropped === undefined ? {} : { dropped: manifest.dropped }),
    ...(manifest.training === undefined ? {} : { training: manifest.training }),
    ...(manifest.rl === undefined ? {} : { rl: manifest.rl }),
    ...(manifest.papers === undefined ? {} : { papers: manifest.papers }),
  };
}
