import { expect, test } from '@jest/globals';
import { callsInText, withoutCalls } from '../../../../activities/agent/tools/calls-in-text.ts';

test.each([
  { by: 'JSON', call: '{"name": "bash", "arguments": {"command": "ls -l"}}' },
  { by: '<function=…>', call: '<function=bash>\n<parameter=command>\nls -l\n</parameter>\n</function>' },
  { by: '<arg_key>', call: 'bash\n<arg_key>command</arg_key>\n<arg_value>ls -l</arg_value>' },
])('a call is read that is written by $by', ({ call }) => {
  const text = `I look.\n<tool_call>\n${call}\n</tool_call>`;
  expect(callsInText(text)).toEqual([{ name: 'bash', input: { command: 'ls -l' }, isOpen: false }]);
  expect(withoutCalls(text)).toBe('I look.');
});

test.each(['{"name": "submit"}', '<function=submit>\n</function>', 'submit\n'])('a call of nothing: %j', (call) => {
  expect(callsInText(`<tool_call>${call}</tool_call>`)).toEqual([{ name: 'submit', input: {}, isOpen: false }]);
});

test('what a call takes may have several lines, and marks of its own', () => {
  const content = '  <a>\n\n{"b": 1}\n';
  const text =
    '<tool_call>write_file\n<arg_key>path</arg_key>\n<arg_value>a.txt</arg_value>\n' +
    `<arg_key>content</arg_key>\n<arg_value>${content}</arg_value>\n</tool_call>`;
  expect(callsInText(text)).toEqual([{ name: 'write_file', input: { path: 'a.txt', content }, isOpen: false }]);
});

test('several calls are read in their order, also where the last one is not closed', () => {
  const text =
    'I look.\n<tool_call>\n{"name": "bash", "arguments": {"command": "ls"}}\n</tool_call>\n<tool_call>{"name": "submit"';
  expect(callsInText(text)).toEqual([
    { name: 'bash', input: { command: 'ls' }, isOpen: false },
    { name: 'submit', input: {}, isOpen: true },
  ]);
});

test('a text without calls has none', () => {
  expect(callsInText('no call here')).toEqual([]);
  expect(withoutCalls('no call here')).toBe('no call here');
});
