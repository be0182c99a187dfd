import type { z } from 'zod';

const show = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

const at = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], input);

/** One clear sentence per problem: the path to the field, what is wrong, the value that was given. */
export function describeIssues(error: z.core.$ZodError, input: unknown): string {
  return error.issues
    .map((issue) => {
      const where = issue.path.length > 0 ? issue.path.map(String).join('.') : 'input';
      const value = issue.code === 'unrecognized_keys' ? '' : ` (got ${show(at(input, issue.path))})`;
      return `${where}: ${issue.message}${value}`;
    })
    .join('; ');
}
