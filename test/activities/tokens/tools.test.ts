import { describe, expect, test } from '@jest/globals';
import { createRenderer } from '../../../activities/tokens/renderer.ts';
import { rendererSettings } from '../../../core/renderer-settings.ts';
import { byteLevelFiles } from '../../support/byte-tokenizer.ts';
import { TOOL_TEMPLATES } from '../../support/tool-templates.ts';

const settings = rendererSettings.parse({ toolFormat: 'tools' });

describe.each(TOOL_TEMPLATES)('with tools as $family writes them', ({ template, marks }) => {
  const renderer = createRenderer(byteLevelFiles(template, marks), settings);

  test('pieces laid end to end are the conversation, and calls are read as they were meant', () => {
    expect(() => renderer.checkPrefixStability()).not.toThrow();
  });

  test('the student is told of the tools that it has', () => {
    const prefix = renderer.decode(renderer.renderPrefix([{ role: 'user', content: 'Go.' }]));
    for (const name of settings.tools) expect(prefix).toContain(`"name": "${name}"`);
  });

  test('an answer ends with one token', () => {
    const action = renderer.encodeAction({ text: 'Look.', calls: [{ id: '', name: 'submit', input: {} }] });
    expect(action.filter((id) => id === renderer.endOfTurnId)).toEqual([action.at(-1)]);
  });
});

test('a template whose calls are not understood is refused, with what it writes', () => {
  const template =
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% for c in m.tool_calls or [] %}{{ '[' }}{{ c.function.name }}]" +
    '{% endfor %}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}';
  const renderer = createRenderer(byteLevelFiles(template, ['<|assistant|>', '<|end|>']), settings);
  expect(() => renderer.checkPrefixStability()).toThrow('is not understood: "The paper first.[read_file]"');
});

test('a student that uses fewer tools is told of those', () => {
  const [{ template, marks }] = TOOL_TEMPLATES as [(typeof TOOL_TEMPLATES)[number]];
  const few = rendererSettings.parse({ toolFormat: 'tools', tools: ['bash', 'submit'] });
  const renderer = createRenderer(byteLevelFiles(template, marks), few);
  const prefix = renderer.decode(renderer.renderPrefix([{ role: 'user', content: 'Go.' }]));
  expect(prefix).toContain('"name": "bash"');
  expect(prefix).not.toContain('edit_file');
});
