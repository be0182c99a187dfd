import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { convertByCommand } from '../../../activities/papers/convert/by-command.ts';
import { convertByServer } from '../../../activities/papers/convert/by-server.ts';
import { findConfinement, runConfined, type Confinement } from '../../../activities/papers/convert/confined.ts';
import { convertMarkdown } from '../../../activities/papers/convert/from-markdown.ts';
import { conversionSettings, type ConversionSettings } from '../../../core/factory/settings.ts';
import { recordedServers } from '../../support/answers.ts';
import { realPaper } from '../../support/real-papers.ts';
import { temporaryFolders } from '../../support/temporary.ts';

const folder = temporaryFolders();
const answering = recordedServers();
let confinement: Confinement;
const pdf = realPaper('othello-selfplay-2017');

beforeAll(async () => {
  confinement = await findConfinement();
});

type Of<Kind> = Extract<ConversionSettings, { converter: Kind }>;
const byServer = (more: object): Of<'http'> =>
  conversionSettings.parse({ converter: 'http', name: 'test 1', ...more }) as Of<'http'>;
const byCommand = (command: string[]): Of<'command'> =>
  conversionSettings.parse({ converter: 'command', name: 'test 1', command }) as Of<'command'>;

const TEI = `<?xml version="1.0"?><TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><titleStmt>
<title level="a">A Paper &amp; its Title</title></titleStmt></fileDesc><profileDesc><abstract><div><p>What it is about.</p></div></abstract></profileDesc></teiHeader>
<text><body><div><head n="1">Introduction</head><p>As shown in <ref type="bibr">[1]</ref>, it works.</p><formula>a = b</formula></div>
<div><head n="1.1">More</head><p>And so on.</p></div>
<figure type="table"><head>Table 1</head><figDesc>Some numbers.</figDesc><table><row><cell>a</cell><cell>b</cell></row><row><cell>1</cell><cell>2</cell></row></table></figure></body>
<back><div type="references"><listBibl><biblStruct><analytic><title>Cited</title></analytic></biblStruct></listBibl></div></back></text></TEI>`;

describe('a server that converts', () => {
  test('may be GROBID, whose TEI becomes Markdown', async () => {
    const server = await answering(() => ({ body: TEI }));
    const settings = byServer({ url: server.url, field: 'input', answer: 'tei' });
    const converted = await convertByServer({ pdf, folder: folder() }, settings);
    expect(converted).toMatchObject({
      markdown: [
        '# A Paper & its Title',
        '## Abstract',
        'What it is about.',
        '## 1 Introduction',
        'As shown in [1], it works.',
        '$$\na = b\n$$',
        '### 1.1 More',
        'And so on.',
        '**Table 1** Some numbers.',
        '| a | b |\n| --- | --- |\n| 1 | 2 |',
        '## References',
        '[1] Cited\n',
      ].join('\n\n'),
      quality: { tables: 1, equations: 1, missingSections: [] },
    });
    expect(server.asked[0]?.headers['content-type']).toMatch(/^multipart\/form-data/);
    expect(server.asked[0]?.body).toContain('name="input"; filename="paper.pdf"');
  });

  test('may answer with JSON, in which the Markdown is where the recipe says', async () => {
    const server = await answering(() => ({ body: JSON.stringify({ document: { md_content: '# T\n' } }) }));
    const at = (path: string) =>
      convertByServer({ pdf, folder: folder() }, byServer({ url: server.url, answer: 'json', path }));
    expect(await at('document.md_content')).toMatchObject({ markdown: '# T\n' });
    await expect(at('document.text')).rejects.toThrow('test 1 answered without document.text');
  });

  test('that refuses a paper gives a reason; one that is broken is asked again', async () => {
    const refusing = await answering(() => ({ status: 422, body: 'encrypted' }));
    expect(await convertByServer({ pdf, folder: folder() }, byServer({ url: refusing.url }))).toEqual({
      reason: 'test 1 refused it (422): encrypted',
    });
    const broken = await answering(() => ({ status: 500 }));
    await expect(convertByServer({ pdf, folder: folder() }, byServer({ url: broken.url }))).rejects.toThrow(
      'answered 500',
    );
  });
});

describe('a program that converts', () => {
  test('writes a Markdown file, whose pictures become assets', async () => {
    const script =
      'mkdir "$1/sub" && head -c 5 "$0" > "$1/sub/a.png" && printf "# T\\n\\n![x](a.png)\\n" > "$1/sub/paper.md"';
    const work = folder();
    const converted = await convertByCommand(
      confinement,
      { pdf, folder: work },
      byCommand(['sh', '-c', script, '{pdf}', '{out}']),
    );
    expect(converted).toMatchObject({ markdown: '# T\n\n![x](assets/a.png)\n', quality: { figures: 1 } });
  });

  test('that fails, or writes nothing, gives a reason', async () => {
    const run = (command: string[]) => convertByCommand(confinement, { pdf, folder: folder() }, byCommand(command));
    expect(await run(['sh', '-c', 'echo no model >&2; exit 4'])).toEqual({ reason: 'test 1 ended with 4: no model' });
    expect(await run(['true'])).toEqual({ reason: 'test 1 wrote no Markdown file' });
  });
});

describe('a confined program', () => {
  const confined = (command: string[], writable: string) =>
    runConfined(confinement, { command, readable: [], writable, limits: { seconds: 20, memoryMb: 500, fileMb: 1 } });

  test('has no network, and writes nowhere but in its folder', async () => {
    // Where bubblewrap does not work there is nothing to hold it: the conversion's notes say so.
    const held = confinement.bwrap !== null;
    const server = createServer((socket) => socket.end('x'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const code = `import socket; socket.create_connection(("127.0.0.1", ${port}), 3)`;
    expect(
      (await confined(['/usr/bin/env', 'sh', '-c', `exec 3<>/dev/null; python3 -c '${code}' || exit 7`], folder()))
        .code,
    ).toBe(held ? 7 : 0);
    server.close();
    const other = folder();
    const writes = await confined(['sh', '-c', `echo x > ${other}/file`], folder());
    expect(writes.code === 0).toBe(!held);
    expect((await confined(['sh', '-c', 'echo x > file'], other)).code).toBe(0);
  });

  test('may not write a file larger than its limit', async () => {
    expect((await confined(['sh', '-c', 'head -c 3000000 /dev/zero > large'], folder())).code).not.toBe(0);
  });
});

test('Markdown takes no picture from outside its folder, nor through a link', async () => {
  const [paper, outside] = [folder(), folder()];
  writeFileSync(join(outside, 'secret.png'), 'x');
  mkdirSync(join(paper, 'img'));
  symlinkSync(join(outside, 'secret.png'), join(paper, 'img/link.png'));
  const links = [`../${outside.split('/').at(-1)}/secret.png`, 'img/link.png', '/etc/passwd', 'gone.png'];
  writeFileSync(join(paper, 'paper.md'), links.map((link) => `![x](${link})`).join('\n'));
  const { markdown, notes } = await convertMarkdown(join(paper, 'paper.md'), folder());
  expect(markdown).not.toContain('assets/');
  expect(notes).toHaveLength(4);
});
