import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { recipeReference } from '../../../cli/schemas/recipe-reference.ts';
import type { Schema } from '../../../cli/schemas/schema.ts';
import { duration } from '../../../core/fields.ts';

const page = (schema: z.ZodType): string => recipeReference(z.toJSONSchema(schema, { io: 'input' }) as Schema);

test('a row has the path, the type, the default and the meaning of its field', () => {
  const text = page(
    z.strictObject({
      limits: z.strictObject({ patience: duration.default('5m').describe('how long | at most') }).prefault({}),
      share: z.number().min(0).max(1),
      note: z.string().optional(),
    }),
  );
  expect(text).toContain('| `limits` | object |  |  |');
  expect(text).toContain(
    '| `limits.patience` | duration, such as `90s`, `15m` or `2h` | `"5m"` | how long \\| at most |',
  );
  expect(text).toContain('| `share` | number from 0 to 1 | required |  |');
  expect(text).toContain('| `note` | string | optional |  |');
});

test('what comes in several kinds has a table for each, also within lists and maps', () => {
  const kind = z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('slow'), seconds: z.int().min(1) }).describe('waits'),
    z.strictObject({ type: z.enum(['fast', 'faster']), gears: z.array(z.string()) }),
  ]);
  const text = page(z.strictObject({ all: z.array(kind), byName: z.record(z.string(), kind) }));
  expect(text).toContain('| `all` | list of objects of type `slow`, `fast`, `faster` | required |  |');
  expect(text).toContain('## `all[]` of type `slow`\n\nWaits.\n');
  expect(text).toContain('| `all[].seconds` | integer from 1 | required |  |');
  expect(text).toContain('## `byName.<name>` of type `fast` or `faster`');
  expect(text).toContain('| `byName.<name>.type` | `"fast"` \\| `"faster"` | required |  |');
});

test('a limit that every whole number has is not told', () => {
  expect(page(z.strictObject({ seed: z.int() }))).toContain('| `seed` | integer | required |  |');
});
