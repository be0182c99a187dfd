/** Programs and calls that bring something from elsewhere. */
const FETCHES = new RegExp(
  [
    String.raw`\bgit\s+(?:-\S+\s+|-C\s+\S+\s+)*(?:clone|fetch|pull|submodule|remote|ls-remote|archive|lfs)\b`,
    String.raw`\b(?:curl|wget|wget2|aria2c|axel|lynx|w3m|links|httpie|lftp|rsync|scp|sftp|svn|hg|gdown|yt-dlp|kaggle)\b`,
    String.raw`\b(?:gh|glab|hub)\s+(?:repo|release|api|browse)\b`,
    String.raw`\b(?:huggingface-cli|hf)\s+download\b`,
    String.raw`\bgit\+(?:https?|ssh|git):`,
    String.raw`\b(?:requests|httpx|aiohttp|urllib3?|session|client|http)\s*\.\s*(?:get|post|request|stream|download|urlopen|urlretrieve|urlretrieve|parse|Request)\b`,
    String.raw`\b(?:urlopen|urlretrieve|hf_hub_download|snapshot_download|load_dataset|from_pretrained|clone_from|clone_repository|load_state_dict_from_url|download_url|download_file|fetch|open_url|get_file)\s*\(`,
    String.raw`\bhub\s*\.\s*(?:load|download|list|help)\w*\s*\(`,
    String.raw`\b(?:install_github|install_gitlab|install_git|download\.file)\s*\(`,
    String.raw`\bgo\s+(?:get|install)\b`,
  ].join('|'),
  'i',
);

/** Programs that install packages. */
const INSTALLS = new RegExp(
  [
    String.raw`\b(?:pip3?|pipx|uv|conda|mamba|micromamba|poetry|pdm|npm|pnpm|yarn|bun|cargo|gem)\b[^\n]*?\b(?:install|add|download|i|create|wheel)\b`,
    String.raw`\b(?:npx|uvx|easy_install)\b`,
    String.raw`\binstall\.packages\s*\(`,
  ].join('|'),
  'i',
);

/** Programs that only look at text, or write it: what they name is not fetched. */
const MENTIONS =
  /^\s*(?:sudo\s+)?(?:echo|printf|grep|egrep|fgrep|rg|ag|sed|awk|cat|less|more|head|tail|wc|ls|find|test|true|export\s+\w+=["'][^"']*["']\s*$|git\s+(?:commit|log|grep|show|diff))\b/;
/** Programs that run what they are given. */
const RUNS = /^\s*(?:sudo\s+)?(?:xargs|sh|bash|zsh|dash|python[\d.]*|perl|ruby|node|parallel|source|\.|eval)\b/;

/** Lines of output by which tools say what they fetch. */
const SAYS_FETCHED =
  /^\s*(?:Cloning (?:into|https?)|Collecting\s|Downloading\s|Fetching\s|Processing\s|Resolving\s|Connecting to\s|From\s+https?:|--\d{4}-\d\d-\d\d|fatal: (?:unable to access|repository|clone of)|Submodule\s|remote:\s|Successfully installed\s|(?:GET|HEAD) https?:)/i;

export const fetches = (text: string): boolean => FETCHES.test(text);
export const installs = (text: string): boolean => INSTALLS.test(text);
export const saysFetched = (line: string): boolean => SAYS_FETCHED.test(line);

/** The parts of a shell statement that do something: pipelines of programs that only show or write text are left out. */
export function effectiveParts(statement: string): string[] {
  return splitOutsideQuotes(statement, /^(?:&&|\|\||;|&)/).filter((pipeline) => {
    const programs = splitOutsideQuotes(pipeline, /^\|/);
    return !programs.every((program) => MENTIONS.test(program)) || programs.some((program) => RUNS.test(program));
  });
}

function splitOutsideQuotes(text: string, separator: RegExp): string[] {
  const parts: string[] = [];
  let quote = '';
  let part = '';
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index] as string;
    const found = quote === '' ? separator.exec(text.slice(index, index + 2))?.[0] : undefined;
    if (found !== undefined) {
      parts.push(part);
      part = '';
      index += found.length - 1;
      continue;
    }
    if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    part += char;
  }
  return [...parts, part].filter((piece) => piece.trim() !== '');
}
