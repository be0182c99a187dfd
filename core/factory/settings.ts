import { z } from 'zod';
import { duration } from '../fields.ts';

/** How other people's servers are asked. */
export const askingSettings = z.strictObject({
  contact: z
    .string()
    .default('')
    .describe('an e-mail address or page that their operators can write to; part of the User-Agent'),
  refreshAfter: duration.default('7d').describe('an answer this old is asked for again, conditionally'),
});
export type AskingSettings = z.infer<typeof askingSettings>;

const limits = {
  timeout: duration.default('3m').describe('measured time for one paper'),
  maxMb: z.int().min(1).default(64).describe('size of the PDF'),
  maxPages: z.int().min(1).default(150),
  memoryMb: z.int().min(128).default(1024).describe('memory of the converting process'),
};

/** How a PDF becomes Markdown. */
export const conversionSettings = z.discriminatedUnion('converter', [
  z.strictObject({ converter: z.literal('built-in'), ...limits }).describe('PDFium and our own reading of the page'),
  z
    .strictObject({
      converter: z.literal('command'),
      name: z.string().min(1).describe('name and version, such as `docling 2.60`; a change converts again'),
      command: z
        .array(z.string())
        .min(1)
        .describe('a program and its arguments; `{pdf}` and `{out}` stand for the PDF and an empty folder'),
      ...limits,
    })
    .describe('docling, marker or another program that writes one Markdown file, and its figures, into a folder'),
  z
    .strictObject({
      converter: z.literal('http'),
      name: z.string().min(1).describe('name and version; a change converts again'),
      url: z.url().describe('takes the PDF'),
      field: z.string().default('').describe('the form field that holds the PDF; without it, the PDF is the body'),
      answer: z.enum(['markdown', 'tei', 'json']).default('markdown'),
      path: z
        .string()
        .default('')
        .describe('for `json`: where in the answer the Markdown is, such as `document.md_content`'),
      ...limits,
    })
    .describe('GROBID (`tei`), docling-serve (`json`) or another server'),
]);
export type ConversionSettings = z.infer<typeof conversionSettings>;

/** How a paper's official code is had. */
export const codeSettings = z.strictObject({
  timeout: duration.default('5m').describe('measured time for one repository'),
  maxMb: z.int().min(1).default(500).describe('what git may fetch'),
  maxFiles: z.int().min(1).default(5000).describe('files that are kept'),
  maxFileKb: z.int().min(1).default(1024).describe('size of one kept file'),
  maxKeptMb: z.int().min(1).default(50).describe('size of all kept files'),
  forks: z.boolean().default(false).describe('ask GitHub for forks, for the blacklist'),
});
export type CodeSettings = z.infer<typeof codeSettings>;
