import type { CodeResult } from '../../core/factory/code.ts';
import type { ConversionResult } from '../../core/factory/conversion.ts';
import type { Decontamination } from '../../core/factory/decontamination.ts';
import type { FactorySettings } from '../../core/factory/factory-settings.ts';
import type { CollectedPapers, PaperPlace } from '../../core/factory/paper.ts';

/** What finds papers and makes them readable; see activities/papers/. */
export interface PaperTools {
  collect(of: {
    run: string;
    settings: FactorySettings;
    signal: AbortSignal;
    progress(now: unknown): void;
  }): Promise<CollectedPapers>;
  convert(of: { place: PaperPlace; settings: FactorySettings; signal: AbortSignal }): Promise<ConversionResult>;
  fetchCode(of: { place: PaperPlace; settings: FactorySettings; signal: AbortSignal }): Promise<CodeResult>;
  decontaminate(of: { place: PaperPlace; settings: FactorySettings; signal: AbortSignal }): Promise<Decontamination>;
}
