import { describe, expect, test } from '@jest/globals';
import { wordLevelFiles } from '../../../activities/tokens/wordlevel.ts';
import { createRenderer, type Renderer } from '../../../activities/tokens/renderer.ts';
import { rendererSettings, type RendererSettings } from '../../../core/renderer-settings.ts';
import { vocabulary } from '../../../core/micropaper/vocabulary.ts';

function micropaperRenderer(template?: string, settings: Partial<RendererSettings> = {}): Renderer {
  const files = wordLevelFiles(vocabulary());
  return createRenderer(
    {
      tokenizer: JSON.parse(files['tokenizer.json'] ?? '') as object,
      config: JSON.parse(files['tokenizer_config.json'] ?? '') as Record<string, unknown>,
      template: template ?? files['chat_template.jinja'] ?? '',
    },
    rendererSettings.parse(settings),
  );
}

const id = (word: string): number => vocabulary().indexOf(word);
const ids = (text: string): number[] => text.split(' ').map(id);

describe('the micropapers renderer', () => {
  const renderer = micropaperRenderer();

  test('frames a turn with three tokens: its opening, its end, and one before what came back', () => {
    expect(renderer.renderPrefix([{ role: 'user', content: 'reproduce each experiment of paper.md' }])).toEqual(
      ids('<bos> <user> reproduce each experiment of paper.md'),
    );
    expect(renderer.opening).toEqual(ids('<assistant>'));
    expect(renderer.endOfTurnId).toBe(id('<end>'));
    expect(renderer.encodeAction({ text: 'sh run.sh e03', calls: [] })).toEqual(ids('sh run.sh e03 <end>'));
    expect(renderer.renderObservation(['e03 acc=24\n'])).toEqual(ids('<tool> e03 acc=24'));
    expect(renderer.renderObservation([])).toEqual(ids('<tool>'));
    expect(renderer.renderObservation(['e03', 'e04'])).toEqual(ids('<tool> e03 <tool> e04'));
  });

  test('gives back the text of what was sampled, without special tokens', () => {
    const command = 'echo e03 lr=08 depth=28 warmup=30 >> runs.txt';
    expect(renderer.decode(renderer.encodeAction({ text: command, calls: [] }))).toBe(command);
    expect(renderer.decode([])).toBe('');
  });

  test('makes a word that it does not know <unk>', () => {
    expect(renderer.encode('ls neverheardof')).toEqual(ids('ls <unk>'));
  });

  test('elides an observation over the cap in the middle, and says so', () => {
    const page = 'e01 lr=01 depth=02 . e02 lr=03 depth=04 .';
    expect(renderer.renderObservation([page], 9)).toEqual(ids(`<tool> ${page}`));
    expect(renderer.renderObservation([page], 8)).toEqual(ids('<tool> e01 lr=01 depth=02 [...] lr=03 depth=04 .'));
    expect(renderer.renderObservation([page], 2)).toEqual(ids('<tool> [...]'));
    expect(() => renderer.renderObservation([page], 1)).toThrow('takes 2 tokens with nothing in it; the cap is 1');
  });

  test('takes the tokens from the longest of several observations', () => {
    expect(renderer.renderObservation(['e01', 'e02 e03 e04 e05 e06 e07'], 7)).toEqual(
      ids('<tool> e01 <tool> e02 e03 [...] e07'),
    );
  });

  test('is stable', () => {
    expect(() => renderer.checkPrefixStability()).not.toThrow();
  });
});

describe('a chat template is refused', () => {
  const loop = (body: string, prompt = '<assistant>') =>
    `{% for m in messages %}${body}{% endfor %}{% if add_generation_prompt %}${prompt}{% endif %}`;
  const close = "{% if m.role == 'assistant' %}<end>{% endif %}";

  test('when it strips the thinking of earlier turns', () => {
    const content =
      "{% if loop.last %}{{ m.content }}{% else %}{{ m.content.split('</think>')[-1].lstrip('\\n') }}{% endif %}";
    const renderer = micropaperRenderer(loop(`<{{ m.role }}>${content}${close}`));
    expect(() => renderer.checkPrefixStability()).toThrow(/not stable: with 3 messages, token \d+ of the conversation/);
  });

  test('when its generation prompt is not what stands before an answer later', () => {
    const renderer = micropaperRenderer(loop(`<{{ m.role }}>{{ m.content }}${close}`));
    expect(() => renderer.checkPrefixStability()).not.toThrow();
    expect(() => micropaperRenderer(loop(`<{{ m.role }}>{{ m.content }}${close}`, '<assistant> echo '))).toThrow(
      'rewrites earlier messages',
    );
  });

  test('when it writes the number of messages in front', () => {
    const body = `{% if loop.first %}{{ messages | length }}{% endif %}<{{ m.role }}>{{ m.content }}${close}`;
    expect(() => micropaperRenderer(loop(body))).toThrow('rewrites earlier messages');
  });

  test('when no token of its own ends an answer', () => {
    expect(() => micropaperRenderer(loop('<{{ m.role }}>{{ m.content }} .'))).toThrow(
      'does not end an assistant message',
    );
  });

  test('when it reads the clock, unless it is given a date', () => {
    const dated = `{% set today = date_string | default(strftime_now('%Y')) %}${loop(`<{{ m.role }}>{{ m.content }}${close}`)}`;
    expect(() => micropaperRenderer(dated)).toThrow('asks for the date');
    expect(() => micropaperRenderer(dated, { variables: { date_string: '2026' } })).not.toThrow();
  });
});

describe('with tool calls', () => {
  const template =
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% if m.tool_calls %}{% for c in m.tool_calls %} ls {{ c.function.arguments.command }}{% endfor %}{% endif %}{% if m.role == 'assistant' %}<end>{% endif %}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}";
  const said = { text: 'echo', calls: [{ id: '1', name: 'sh', input: { command: 'cat paper.md' } }] };

  test('the template writes the calls of `tools`', () => {
    const renderer = micropaperRenderer(template, { toolFormat: 'tools' });
    expect(renderer.encodeAction(said)).toEqual(ids('echo ls cat paper.md <end>'));
  });

  test('of `plain` they are the command, whatever was said besides; without any, the text is', () => {
    const renderer = micropaperRenderer(template);
    expect(renderer.encodeAction(said)).toEqual(ids('cat paper.md <end>'));
    expect(renderer.encodeAction({ text: 'done .', calls: [{ id: '1', name: 'submit', input: {} }] })).toEqual(
      ids('submit <end>'),
    );
    expect(renderer.encodeAction({ ...said, calls: [] })).toEqual(ids('echo <end>'));
  });
});
