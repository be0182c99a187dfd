import { parseArgs, type ParseArgsConfig } from 'node:util';
import { usageError } from './user-error.ts';

/** Parses a command's arguments; what is not understood is refused with the command's name. */
export function readArguments<const Options extends NonNullable<ParseArgsConfig['options']>>(
  command: string,
  args: string[],
  options: Options,
) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw usageError(command, (error as Error).message);
  }
}
