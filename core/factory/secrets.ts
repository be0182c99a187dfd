/** Files that hold credentials by their name. */
const SECRET_FILES =
  /(?:^|\/)(?:\.env(?:\.(?!example$|sample$|template$)[\w-]+)?|\.netrc|\.pypirc|\.npmrc|\.git-credentials|\.dockercfg|credentials(?:\.json)?|secrets?\.(?:json|ya?ml|toml)|service[-_]account[\w-]*\.json|id_(?:rsa|dsa|ecdsa|ed25519)|.*\.(?:pem|p12|pfx|key|keystore|jks|kdbx|ppk))$/i;

export const isSecretFile = (path: string): boolean => SECRET_FILES.test(path);

/** Credentials as they look in source text. */
const CREDENTIALS: readonly [kind: string, pattern: RegExp][] = [
  ['private key', /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----[\s\S]*?-----END (?:[A-Z]+ )?PRIVATE KEY-----/g],
  ['AWS key', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g],
  ['GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{50,})\b/g],
  ['Hugging Face token', /\bhf_[A-Za-z0-9]{30,}\b/g],
  ['API key', /\bsk-(?:ant-|proj-|or-)?[\w-]{20,}\b/g],
  ['Slack token', /\bxox[abprs]-[\w-]{10,}\b/g],
  ['Google key', /\bAIza[\w-]{35}\b/g],
  ['GitLab token', /\bglpat-[\w-]{20,}\b/g],
  ['address with a password', /\b[a-z][a-z+]*:\/\/[^\s:/@'"]+:[^\s:/@'"]{3,}@(?=[\w.-]+)/gi],
  [
    'assigned secret',
    /\b(?:wandb|comet|neptune|openai|anthropic|hf|huggingface|aws|azure|google)?_?(?:api_?key|secret_?key|access_?token|auth_?token|password)\b["']?\s*[:=]\s*["'](?=[^"'\s]*\d)[\w+/=-]{16,}["']/gi,
  ],
];

export interface Redaction {
  line: number;
  kind: string;
}

/** A text without its credentials, and where they stood. */
export function redact(text: string): { text: string; found: Redaction[] } {
  const found: Redaction[] = [];
  let clean = text;
  for (const [kind, pattern] of CREDENTIALS) {
    clean = clean.replace(pattern, (match: string, ...rest: unknown[]) => {
      const at = rest.find((one): one is number => typeof one === 'number') ?? 0;
      found.push({ line: clean.slice(0, at).split('\n').length, kind });
      // As many lines as before, so that what is quoted by its line still stands there.
      return `[redacted ${kind}]${'\n'.repeat(match.split('\n').length - 1)}`;
    });
  }
  return { text: clean, found };
}
