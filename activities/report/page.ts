import type { Report } from '../../core/report.ts';
export const reportPage = (report: Report): string => `<title>${report.run}</title>`;
