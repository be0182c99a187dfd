import { promptTokens } from './tokens.ts';
import { isSigned } from './signatures.ts';
import { badRequest, blocksOf, Refused, type Block, type Body, type ServerOptions } from './types.ts';

const FIELDS = new Set(
  'model max_tokens messages system tools tool_choice thinking temperature stream stop_sequences metadata output_config top_p'.split(
    ' ',
  ),
);
const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** Throws where the real API refuses a request. */
export function validate(body: Body, options: ServerOptions): void {
  const unknown = Object.keys(body).find((field) => !FIELDS.has(field));
  if (unknown) throw badRequest(`${unknown}: Extra inputs are not permitted`);
  if (body.max_tokens === undefined) throw badRequest('max_tokens: Field required');
  if (!Number.isInteger(body.max_tokens) || body.max_tokens < 1) throw badRequest('max_tokens: must be at least 1');
  if (!body.model) throw badRequest('model: Field required');
  if (options.models && !options.models.includes(body.model)) {
    throw new Refused(404, 'not_found_error', `model: ${body.model}`);
  }
  validateTools(body);
  validateThinking(body);
  validateMessages(body);
  validateBreakpoints(body);
  const tokens = promptTokens(body);
  const most = options.contextTokens ?? 200_000;
  if (tokens > most) throw badRequest(`prompt is too long: ${tokens} tokens > ${most} maximum`);
  if (tokens + body.max_tokens > most) {
    throw badRequest(`input length and \`max_tokens\` exceed context limit: ${tokens} + ${body.max_tokens} > ${most}`);
  }
}

function validateTools({ tools, tool_choice: choice, thinking }: Body): void {
  const names = (tools ?? []).map(({ name }) => name);
  const bad = names.find((name) => !TOOL_NAME.test(name));
  if (bad !== undefined) throw badRequest(`tools.${names.indexOf(bad)}.name: String should match pattern`);
  if (new Set(names).size < names.length) throw badRequest('tools: Tool names must be unique.');
  if (choice && names.length === 0) throw badRequest('tool_choice: may only be specified while providing tools');
  if (choice?.type === 'tool' && !names.includes(choice.name ?? ''))
    throw badRequest(`Tool '${choice.name}' not found`);
  if (thinks({ thinking }) && (choice?.type === 'any' || choice?.type === 'tool')) {
    throw badRequest('Thinking may not be enabled when tool_choice forces tool use.');
  }
}

export const thinks = ({ thinking }: { thinking?: Body['thinking'] | undefined }): boolean =>
  thinking?.type === 'enabled' || thinking?.type === 'adaptive';

function validateThinking({ thinking, max_tokens: most, temperature }: Body): void {
  if (!thinks({ thinking })) return;
  if (temperature !== undefined && temperature !== 1) {
    throw badRequest('`temperature` may only be set to 1 when thinking is enabled.');
  }
  if (thinking?.type !== 'enabled') return;
  const budget = thinking.budget_tokens ?? 0;
  if (budget < 1024) throw badRequest('thinking.enabled.budget_tokens: Input should be greater than or equal to 1024');
  if (budget >= most) throw badRequest('`max_tokens` must be greater than `thinking.budget_tokens`.');
}

function validateMessages(body: Body): void {
  const { messages } = body;
  if (!Array.isArray(messages) || messages.length === 0) throw badRequest('messages: at least one message is required');
  if (messages[0]?.role !== 'user') throw badRequest('messages: first message must use the "user" role');
  let open: string[] = [];
  for (const [index, { role, content }] of messages.entries()) {
    if (role !== 'user' && role !== 'assistant') throw badRequest(`messages.${index}.role: unexpected role`);
    if (index > 0 && messages[index - 1]?.role === role) {
      throw badRequest(
        `messages: roles must alternate between "user" and "assistant", but found multiple "${role}" roles in a row`,
      );
    }
    const blocks = blocksOf(content);
    if (blocks.length === 0) throw badRequest(`messages.${index}: all messages must have non-empty content`);
    for (const [at, block] of blocks.entries()) validateBlock(block, `messages.${index}.content.${at}`);
    if (role === 'user') validateResults(blocks, open, index);
    open = role === 'assistant' ? blocks.filter(({ type }) => type === 'tool_use').map(({ id }) => String(id)) : [];
  }
  if (messages.at(-1)?.role === 'assistant') validatePrefill(body);
  if (body.thinking?.type === 'enabled') validateLoop(body);
}

function validatePrefill(body: Body): void {
  if (thinks(body)) throw badRequest('messages: the final message must have the "user" role when thinking is enabled');
  const last = blocksOf(body.messages.at(-1)?.content ?? '').at(-1);
  if (typeof last?.text === 'string' && /\s$/.test(last.text)) {
    throw badRequest('messages: final assistant content cannot end with trailing whitespace');
  }
}

function validateBlock(block: Block, where: string): void {
  if (block.type === 'text' && (typeof block.text !== 'string' || block.text.trim() === '')) {
    throw badRequest(`${where}: text content blocks must contain non-whitespace text`);
  }
  if (block.type === 'thinking' && !isSigned(block.thinking, block.signature)) {
    throw badRequest(`${where}: Invalid \`signature\` in \`thinking\` block`);
  }
  if (
    block.type === 'tool_use' &&
    (typeof block.input !== 'object' || block.input === null || Array.isArray(block.input))
  ) {
    throw badRequest(`${where}.tool_use.input: Input should be a valid dictionary`);
  }
  if (['thinking', 'redacted_thinking'].includes(block.type) && block.cache_control) {
    throw badRequest(`${where}: cache_control cannot be set on thinking blocks`);
  }
  if ('cache' in block) throw badRequest(`${where}.cache: Extra inputs are not permitted`);
}

/** Each call of the message before has its result, first of all, and no result is without its call. */
function validateResults(blocks: Block[], open: string[], index: number): void {
  const results = blocks.filter(({ type }) => type === 'tool_result').map(({ tool_use_id: id }) => String(id));
  const orphan = results.find((id) => !open.includes(id));
  if (orphan !== undefined) {
    throw badRequest(`messages.${index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${orphan}`);
  }
  const missing = open.filter((id) => !results.includes(id));
  if (missing.length > 0) {
    throw badRequest(
      `messages.${index - 1}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(', ')}`,
    );
  }
  if (new Set(results).size < results.length)
    throw badRequest(`messages.${index}: each tool_use must have a single result`);
  if (blocks.findLastIndex(({ type }) => type === 'tool_result') >= results.length) {
    throw badRequest(`messages.${index}: \`tool_result\` blocks must come before other content`);
  }
}

/** While a model that thinks waits for results, what it had thought before it called must still be there. */
function validateLoop({ messages }: Body): void {
  const last = messages.at(-1);
  const before = messages.at(-2);
  if (!last || !before || !blocksOf(last.content).some(({ type }) => type === 'tool_result')) return;
  const first = blocksOf(before.content)[0];
  if (first?.type === 'thinking' || first?.type === 'redacted_thinking') return;
  throw badRequest(
    `messages.${messages.length - 2}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first?.type}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block`,
  );
}

function validateBreakpoints({ tools, system, messages }: Body): void {
  const blocks: object[] = [
    ...(tools ?? []),
    ...(Array.isArray(system) ? system : []),
    ...messages.flatMap(({ content }) => blocksOf(content)),
  ];
  const marked = blocks.filter((block) => 'cache_control' in block).length;
  if (marked > 4) throw badRequest(`A maximum of 4 blocks with cache_control may be provided. Found ${marked}.`);
}
