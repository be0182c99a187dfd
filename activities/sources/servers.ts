import type { OpenReviewServers } from './openreview.ts';
import type { SemanticScholar } from './semantic-scholar.ts';

export interface SourceServers {
  arxiv: string;
  openReview: OpenReviewServers;
  semanticScholar: SemanticScholar;
  /** Milliseconds between two requests to one server, instead of what each asks for; only for servers of one's own. */
  pace?: number;
}

/** Where everybody asks; with the keys that somebody has. */
export const publicServers = ({ semanticScholarKey }: { semanticScholarKey?: string } = {}): SourceServers => ({
  arxiv: 'https://export.arxiv.org',
  openReview: {
    current: 'https://api2.openreview.net',
    earlier: 'https://api.openreview.net',
    site: 'https://openreview.net',
  },
  semanticScholar: { server: 'https://api.semanticscholar.org', key: semanticScholarKey || undefined },
});
