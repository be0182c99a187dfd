import type { SchemaElement } from 'hyparquet';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import type { ChatMessage } from '../../core/export/chat.ts';

export interface ChatRow {
  id: string;
  task: string;
  policy: string;
  score: number;
  messages: ChatMessage[];
  tools: string;
}

/** Conversations that are held before a row group is written. */
const GROUP = 64;

/** Writes conversations as one Parquet file, row group by row group; fields that a message has not are null. */
export function openChatParquet(file: string) {
  const writer = new ParquetWriter({ writer: fileWriter(file), schema: SCHEMA, createdBy: 'longhaul' });
  let group: ChatRow[] = [];
  const flush = (): void => {
    if (group.length === 0) return;
    const columnData = COLUMNS.map((name) => ({
      name,
      data: group.map((row) => (name === 'messages' ? row.messages.map(whole) : row[name])),
    }));
    void writer.write({ columnData, rowGroupSize: group.length });
    group = [];
  };
  return {
    add(row: ChatRow): void {
      group.push(row);
      if (group.length >= GROUP) flush();
    },
    close(): void {
      flush();
      void writer.finish();
    },
  };
}

const whole = (message: ChatMessage) => ({
  role: message.role,
  content: message.content,
  reasoning_content: message.reasoning_content ?? null,
  tool_calls: message.tool_calls ?? null,
  tool_call_id: message.tool_call_id ?? null,
  name: message.name ?? null,
});

const COLUMNS = ['id', 'task', 'policy', 'score', 'messages', 'tools'] as const;

const utf8 = (name: string, repetition_type: 'REQUIRED' | 'OPTIONAL' = 'REQUIRED'): SchemaElement => ({
  name,
  type: 'BYTE_ARRAY',
  converted_type: 'UTF8',
  repetition_type,
});
const struct = (name: string, children: number): SchemaElement => ({
  name,
  repetition_type: 'REQUIRED',
  num_children: children,
});
const list = (name: string, repetition_type: 'REQUIRED' | 'OPTIONAL'): SchemaElement[] => [
  { name, converted_type: 'LIST', repetition_type, num_children: 1 },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
];

const SCHEMA: SchemaElement[] = [
  { name: 'schema', num_children: COLUMNS.length },
  utf8('id'),
  utf8('task'),
  utf8('policy'),
  { name: 'score', type: 'DOUBLE', repetition_type: 'REQUIRED' },
  ...list('messages', 'REQUIRED'),
  struct('element', 6),
  utf8('role'),
  utf8('content'),
  utf8('reasoning_content', 'OPTIONAL'),
  ...list('tool_calls', 'OPTIONAL'),
  struct('element', 3),
  utf8('id'),
  utf8('type'),
  struct('function', 2),
  utf8('name'),
  utf8('arguments'),
  utf8('tool_call_id', 'OPTIONAL'),
  utf8('name', 'OPTIONAL'),
  utf8('tools'),
];
