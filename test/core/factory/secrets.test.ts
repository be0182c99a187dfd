import { describe, expect, test } from '@jest/globals';
import { isSecretFile, redact } from '../../../core/factory/secrets.ts';
import { packagesIn } from '../../../core/factory/code-files.ts';

test.each([
  ['.env', true],
  ['config/.env.production', true],
  ['.env.example', false],
  ['server.pem', true],
  ['home/.ssh/id_ed25519', true],
  ['credentials.json', true],
  ['environment.yml', false],
  ['keys.py', false],
])('%s holds secrets by its name: %s', (path, secret) => {
  expect(isSecretFile(path)).toBe(secret);
});

describe('a credential in a file is blotted out', () => {
  test.each([
    [`hf_${'a1'.repeat(17)}`, 'Hugging Face token'],
    [`ghp_${'A1b2'.repeat(9)}`, 'GitHub token'],
    [`sk-ant-${'x1'.repeat(15)}`, 'API key'],
    [`wandb_api_key = "${'0123456789abcdef'.repeat(2)}"`, 'assigned secret'],
    ['postgres://user:hunter2@db.example.org/x', 'address with a password'],
  ])('%s', (secret, kind) => {
    const { text, found } = redact(`first\nsecond ${secret}\nthird`);
    expect(found).toEqual([{ line: 2, kind }]);
    expect(text).not.toContain(kind === 'address with a password' ? 'hunter2' : secret.slice(-12));
    expect(text.split('\n')).toHaveLength(3);
  });

  test('with as many lines as before, where it had several', () => {
    const pem = ['-----BEGIN RSA PRIVATE KEY-----', 'abc', '-----END RSA PRIVATE KEY-----'].join('\n');
    expect(redact(`a\n${pem}\nb`).text.split('\n')).toHaveLength(5);
  });

  test('and nothing else is', () => {
    const code = 'api_key = os.environ["API_KEY"]\nlr = 1e-4\npassword = "changeme"\nurl = "https://example.org/a"\n';
    expect(redact(code)).toEqual({ text: code, found: [] });
  });
});

test('the names of packages are those that the code declares near its top', () => {
  const files = [
    { path: 'pyproject.toml', text: '[build-system]\nrequires = []\n[project]\nversion = "1"\nname = "our-method"\n' },
    { path: 'js/package.json', text: '{"name": "@ours/method"}' },
    { path: 'vendor/deep/setup.py', text: 'setup(name="theirs")' },
  ];
  expect(packagesIn(files)).toEqual([
    { registry: 'pypi', name: 'our-method' },
    { registry: 'npm', name: '@ours/method' },
  ]);
});
