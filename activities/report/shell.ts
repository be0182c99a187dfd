import { markup, type Markup } from './markup.ts';
import { STYLE } from './style.ts';

/** A page that stands alone: it needs neither a script nor a network, and the same parts always make the same bytes. */
export function pageOf(of: { title: string; head: Markup; parts: readonly Markup[]; footer: Markup }): string {
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Longhaul">
<title>${of.title} · Longhaul</title>
<style>${STYLE}</style>
</head>
<body>
${of.head}
<main>
${of.parts}
</main>
<footer>${of.footer}</footer>
</body>
</html>
`;
  return page.html;
}
