import { RubricError, rubricNode, type RubricNode } from './node.ts';

/** How a JSON file was written, as far as it can differ for the same content. */
export interface JsonStyle {
  /** Spaces a level. */
  indent: number;
  /** Everything beyond ASCII written as `\uXXXX`. */
  ascii: boolean;
  /** A newline at the end. */
  newline: boolean;
  /** `score` written as Python writes a float: `1.0`. */
  floats: boolean;
}

/** Python's `json.dump(…, indent=4)`, in which PaperBench's files are written. */
export const PYTHON_STYLE: JsonStyle = { indent: 4, ascii: true, newline: false, floats: true };

/** Reads a `rubric.json` (or a graded tree); throws `RubricError` with the node's path. */
export function parseRubric(text: string): RubricNode {
  return rubricNode(parseJson(text));
}

/** Writes a tree in the given style: `serialiseRubric(parseRubric(text), styleOf(text))` is the text, byte for byte. */
export function serialiseRubric(rubric: RubricNode, style: JsonStyle = PYTHON_STYLE): string {
  let text = JSON.stringify(rubric, null, style.indent);
  if (style.floats) text = text.replace(SCORE, (_line, before: string, score: string) => before + pythonFloat(score));
  if (style.ascii)
    text = text.replace(BEYOND_ASCII, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return style.newline ? `${text}\n` : text;
}

/** The style a JSON text is in. */
export function styleOf(text: string): JsonStyle {
  return {
    indent: /^\{\n( *)"/.exec(text)?.[1]?.length ?? 0,
    ascii: !/[\u007f-\uffff]/.test(text),
    newline: text.endsWith('\n'),
    floats: !/^ *"score": -?\d+,?$/m.test(text),
  };
}

// A text in JSON holds no raw newline, so a line that looks like this is the field itself, never part of a requirement.
const SCORE = /^( *"score": )([-+.\de]+)(?=,?$)/gm;
const BEYOND_ASCII = /[\u007f-\uffff]/g;

/** `repr` of a float: always a point or an exponent, exponents of two digits, and from 1e-5 down where JavaScript starts at 1e-7. */
function pythonFloat(number: string): string {
  const value = Number(number);
  if (Number.isInteger(value)) return value.toFixed(1);
  if (Math.abs(value) >= 1e-4) return String(value);
  const [digits, exponent] = value.toExponential().split('e-');
  return `${digits}e-${(exponent ?? '').padStart(2, '0')}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RubricError(`root: not JSON: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
