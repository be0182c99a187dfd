import { expect, test } from '@jest/globals';
import { parseCall } from '../../../../activities/agent/tools/parse-call.ts';
import { ALL_TOOLS, definitionsOf } from '../../../../activities/agent/tools/tools.ts';

const parse = (name: string, input: unknown, malformed?: string) => parseCall({ name, input, malformed }, ALL_TOOLS);

test('a call that is in order stays as it is, with what it left out filled in', () => {
  expect(parse('bash', { command: 'ls' })).toEqual({ name: 'bash', input: { command: 'ls' } });
  expect(parse('read_file', { path: 'a' })).toEqual({ name: 'read_file', input: { path: 'a', page: 1 } });
});

test.each([
  {
    what: 'another name for a tool',
    call: parse('execute_bash', { command: 'ls' }),
    name: 'bash',
    input: { command: 'ls' },
  },
  {
    what: 'a prefix and capitals',
    call: parse('functions.Bash', { command: 'ls' }),
    name: 'bash',
    input: { command: 'ls' },
  },
  { what: 'another name for a field', call: parse('bash', { cmd: 'ls' }), name: 'bash', input: { command: 'ls' } },
  {
    what: 'a list of lines',
    call: parse('bash', { command: ['cd a', 'ls'] }),
    name: 'bash',
    input: { command: 'cd a\nls' },
  },
  {
    what: 'numbers and truths in quotes',
    call: parse('read_file', { path: 'a', page: '3' }),
    name: 'read_file',
    input: { path: 'a', page: 3 },
  },
  {
    what: 'a truth in quotes',
    call: parse('edit_file', { file_path: 'a', old_string: 'b', new_string: '', replace_all: 'false' }),
    name: 'edit_file',
    input: { path: 'a', old: 'b', new: '', all: false },
  },
  {
    what: 'fields that nobody knows, and null',
    call: parse('bash', { command: 'ls', description: 'looks', timeout: null }),
    name: 'bash',
    input: { command: 'ls' },
  },
  {
    what: 'an input that is a string of JSON',
    call: parse('bash', '{"command":"ls"}'),
    name: 'bash',
    input: { command: 'ls' },
  },
  {
    what: 'a missing bracket',
    call: parse('bash', {}, '{"command": "ls -l"'),
    name: 'bash',
    input: { command: 'ls -l' },
  },
  {
    what: 'raw line breaks in a text',
    call: parse('write_file', {}, '{"path": "a", "content": "one\ntwo"}'),
    name: 'write_file',
    input: { path: 'a', content: 'one\ntwo', append: false },
  },
  { what: 'anything given to submit', call: parse('end_task', { message: 'done' }), name: 'submit', input: {} },
])('is repaired: $what', ({ call, name, input }) => {
  expect(call).toEqual({ name, input });
});

test.each([
  {
    what: 'a tool that is not there',
    call: parse('browser', { url: 'x' }),
    words: 'There is no tool "browser"; there is bash, read_file',
  },
  { what: 'a field that is missing', call: parse('write_file', { path: 'a' }), words: 'content' },
  { what: 'a field of another kind', call: parse('read_file', { path: 'a', page: 'first' }), words: 'page' },
  { what: 'no JSON at all', call: parse('bash', {}, 'ls -l'), words: 'was not JSON' },
])('is told to the agent: $what', ({ call, words }) => {
  expect(call.problem).toContain(words);
});

test('a model is told of tools by plain JSON Schema of objects', () => {
  for (const { inputSchema } of definitionsOf(ALL_TOOLS)) {
    expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(inputSchema).not.toHaveProperty('$schema');
  }
});
