import { expect, test } from '@jest/globals';
import { parseBlacklist } from '../../core/blacklist.ts';
import { findViolations, type Source } from '../../core/monitor/find-violations.ts';
import { sourcesOf } from '../../core/monitor/sources.ts';
import type { Turn } from '../../core/trajectory.ts';

const LIST = parseBlacklist(
  [
    'https://github.com/mikelma/componet',
    'https://pypi.org/project/compo-net',
    'https://huggingface.co/datasets/mikelma/runs',
    'https://arxiv.org/abs/2406.14214',
    'https://lab.example.org/code',
  ].join('\n'),
);

const shell = (text: string): Source => ({ kind: 'shell', where: 'turn 1, bash', text });
const written = (path: string, text: string): Source => ({
  kind: 'file',
  where: `turn 2, write_file ${path}`,
  path,
  text,
});
const output = (text: string): Source => ({ kind: 'output', where: 'turn 3, output', text });
const entries = (...sources: Source[]): string[] => findViolations(LIST, sources).map(({ entry }) => entry);

const CODE = 'https://github.com/mikelma/componet';

test.each<[string, string, Source]>([
  ['git clone', CODE, shell('cd /tmp && git clone --depth 1 https://github.com/mikelma/componet.git x')],
  ['git over ssh', CODE, shell('git clone git@github.com:Mikelma/CompoNet')],
  ['a submodule', CODE, shell('git submodule add https://github.com/mikelma/componet lib')],
  ['a remote', CODE, shell('git remote add up https://github.com/mikelma/componet; git pull up main')],
  ['curl of a tarball', CODE, shell('curl -sL https://codeload.github.com/mikelma/componet/tar.gz/main | tar xz')],
  ['wget of a raw file', CODE, shell('wget -q https://raw.githubusercontent.com/mikelma/componet/main/a.py')],
  ['a proxy', CODE, shell('wget https://ghproxy.com/https://github.com/mikelma/componet/archive/main.zip')],
  ["GitHub's own tool", CODE, shell('gh repo clone mikelma/componet')],
  ['pip from git', CODE, shell('pip install git+https://github.com/mikelma/componet@main#egg=c')],
  [
    'pip by name, spelt another way',
    'https://pypi.org/project/compo-net',
    shell('python -m pip install -q Compo_Net==1.0'),
  ],
  ['uv', 'https://pypi.org/project/compo-net', shell('uv pip install compo.net')],
  ['conda', 'https://pypi.org/project/compo-net', shell('conda install -y -c conda-forge compo-net')],
  [
    'requests',
    CODE,
    shell('python - <<EOF\nimport requests\nrequests.get("https://github.com/mikelma/componet").text\nEOF'),
  ],
  ['urllib', CODE, shell(`python3 -c "import urllib.request as u; u.urlopen('https://github.com/mikelma/componet')"`)],
  [
    'huggingface_hub',
    'https://huggingface.co/datasets/mikelma/runs',
    written('get.py', 'snapshot_download("mikelma/runs", repo_type="dataset")'),
  ],
  [
    'datasets',
    'https://huggingface.co/datasets/mikelma/runs',
    written('get.py', 'from datasets import load_dataset\nd = load_dataset(\n    "mikelma/runs",\n)'),
  ],
  ['torch.hub', CODE, written('a.py', "m = torch.hub.load('mikelma/componet', 'net')")],
  ['the PDF of an abstract', 'https://arxiv.org/abs/2406.14214', shell('curl -O https://arxiv.org/pdf/2406.14214v2')],
  ['a page below', 'https://lab.example.org/code', shell('wget -r http://lab.example.org/code/all.zip')],
  ['a line that goes on', CODE, shell('git clone \\\n  --depth 1 \\\n  https://github.com/mikelma/componet')],
  ['a variable of the shell', CODE, shell('U=github.com/mikelma\ngit clone "https://${U}/componet"')],
  [
    'a variable of Python',
    CODE,
    written('a.py', 'url = "https://github.com/mikelma/componet"\nprint(1)\nr = requests.get(url)'),
  ],
  ['strings that are added up', CODE, written('a.py', 'requests.get("https://github.com/mikelma/" + "componet")')],
  [
    'a loop over names',
    CODE,
    written('a.py', 'for repo in ["mikelma/componet"]:\n    os.system(f"git clone https://github.com/{repo}")'),
  ],
  ['a pipe into a shell', CODE, shell('echo "git clone https://github.com/mikelma/componet" | sh')],
  ['a pipe into xargs', CODE, shell('echo https://github.com/mikelma/componet | xargs git clone')],
  [
    'a script in a here-document',
    CODE,
    shell(
      "cat > reproduce.sh <<'EOF'\n#!/bin/bash\ngit clone https://github.com/mikelma/componet\nEOF\nchmod +x reproduce.sh",
    ),
  ],
  ['a requirement', CODE, written('requirements.txt', 'torch\ncomponet @ git+https://github.com/mikelma/componet\n')],
  [
    'a repository that was cloned',
    CODE,
    written('lib/.git/config', '[remote "origin"]\n\turl = https://github.com/mikelma/componet\n'),
  ],
  [
    'a notebook',
    CODE,
    written(
      'a.ipynb',
      JSON.stringify({ cells: [{ source: ['!git clone https://github.com/mikelma/componet\n'] }] }, null, 1),
    ),
  ],
  ['what pip says', CODE, output('Collecting git+https://github.com/mikelma/componet\n')],
  ['what wget says', CODE, output('--2026-01-01 10:00:00--  https://github.com/mikelma/componet/archive/main.zip\n')],
  [
    'what git says in vain',
    CODE,
    output("fatal: unable to access 'https://github.com/mikelma/componet/': Could not resolve host\n"),
  ],
  [
    'an address given to a tool',
    CODE,
    { kind: 'address', where: 'turn 4, fetch', text: 'https://github.com/mikelma/componet' },
  ],
])('%s is a fetch', (_what, entry, source) => {
  expect(entries(source)).toContain(entry);
});

test.each<[string, Source]>([
  ['naming it in a README', shell('echo "see https://github.com/mikelma/componet" >> README.md')],
  [
    'a README in a here-document',
    shell('cat > README.md <<EOF\nDo not git clone https://github.com/mikelma/componet\nEOF'),
  ],
  ['searching for it', shell('grep -rn "git clone https://github.com/mikelma/componet" paper/ | head')],
  ['reading the blacklist', shell('cat paper/blacklist.txt; curl https://pypi.org/simple/torch')],
  ['a comment', written('a.py', '# git clone https://github.com/mikelma/componet is forbidden\nx = 1')],
  ['a comment after code', shell('git clone https://github.com/other/repo # not mikelma/componet')],
  [
    'an attribution beside other downloads',
    written('a.py', '"""After https://github.com/mikelma/componet."""\nrequests.get("https://example.org")'),
  ],
  ['another repository of a longer name', shell('git clone https://github.com/mikelma/componet2')],
  ['another of the same owner', shell('git clone https://github.com/mikelma/other')],
  ['a package of a longer name', shell('pip install compo-network')],
  ['importing a module of that name', shell('python -c "import compo_net"')],
  ['the paper that shows it', output('Code: https://github.com/mikelma/componet\n')],
  ['a document', written('notes.md', 'curl https://github.com/mikelma/componet')],
])('%s is no fetch', (_what, source) => {
  expect(entries(source)).toEqual([]);
});

test('the line is the evidence, with where it stands', () => {
  const script = 'set -e\n# first\npip install torch\ngit clone https://github.com/mikelma/componet lib\n';
  expect(findViolations(LIST, [written('setup.sh', script)])).toEqual([
    {
      entry: CODE,
      where: 'turn 2, write_file setup.sh, line 4',
      evidence: 'git clone https://github.com/mikelma/componet lib',
    },
  ]);
});

test('an empty blacklist looks at nothing', () => {
  let looked = false;
  const sources = (function* (): Generator<Source> {
    looked = true;
    yield shell('git clone https://github.com/mikelma/componet');
  })();
  expect(findViolations(parseBlacklist('none'), sources)).toEqual([]);
  expect(looked).toBe(false);
});

test('a trajectory is looked at call by call, whatever the tool, and in what came back', () => {
  const turn = (number: number, name: string, input: Record<string, unknown>): Turn => ({
    acted: {
      type: 'acted',
      epoch: 1,
      turn: number,
      text: '',
      calls: [{ id: 'a', name, input }],
      policyVersion: 'x',
      active: 1,
      usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0 },
    },
    observed: {
      type: 'observed',
      epoch: 1,
      turn: number,
      active: 1,
      observations: [{ callId: 'a', output: 'ok', exitCode: 0, ended: 'exit', seconds: 1 }],
    },
  });
  const turns = [
    turn(0, 'bash', { command: 'ls' }),
    turn(1, 'write_file', { path: 'a.py', content: 'x' }),
    turn(2, 'python', { code: 'print(1)' }),
    turn(3, 'fetch', { url: 'https://a.org' }),
  ];
  const found = [...sourcesOf(turns)].filter(({ kind }) => kind !== 'output');
  expect(found.map(({ kind, where }) => `${kind}: ${where}`)).toEqual([
    'shell: turn 0, bash',
    'file: turn 1, write_file a.py',
    'file: turn 2, python',
    'address: turn 3, fetch',
  ]);
});
