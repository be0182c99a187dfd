import { z } from 'zod';
import { noPaperCost, type PaperCost } from '../../core/factory/outcome.ts';
import { hardwareAnswer } from '../../core/factory/hardware.ts';
import type { PaperPlace } from '../../core/factory/paper.ts';
import { taskKeys } from '../../core/factory/task-keys.ts';
import { ANSWERS, type Answered, type CallKind } from '../../core/rubric-builder/answers.ts';
import { usage } from '../../core/trajectory.ts';
import type { Store } from '../store.ts';

export const QUESTIONS = { ...ANSWERS, hardware: hardwareAnswer } as const;
export type QuestionKind = CallKind | 'hardware';

/** An answer that was paid for: `factory/calls/…`. */
const storedAnswer = z.object({
  kind: z.string(),
  /** The recipe's name of the model, and the provider's. */
  model: z.object({ name: z.string(), provider: z.string() }),
  usage,
  value: z.unknown(),
});
export type StoredAnswer = z.infer<typeof storedAnswer>;

/** One answered call of a paper: `papers/<paper>/calls/<number>.<name>.json`. */
const answeredCall = z.object({
  name: z.string(),
  kind: z.string(),
  answer: z.string(),
  /** Whether this run paid for it. */
  paid: z.boolean(),
});
export type AnsweredCall = z.infer<typeof answeredCall>;

/** What a paper's calls have come to. */
export interface Answers {
  calls: AnsweredCall[];
  /** In the order in which they were asked for. */
  answered: Answered[];
  hardware: z.infer<typeof hardwareAnswer> | undefined;
  cost: PaperCost;
}

/** Reads the answers that a paper has, or the first so many of them, and what they cost. */
export async function readAnswers(store: Store, place: PaperPlace, first = Infinity): Promise<Answers> {
  const folder = taskKeys.calls(place);
  const result: Answers = { calls: [], answered: [], hardware: undefined, cost: noPaperCost() };
  for (const file of await store.list(folder)) {
    if (!file.endsWith('.json') || Number.parseInt(file, 10) >= first) continue;
    const call = answeredCall.parse(await store.readJson(`${folder}/${file}`));
    const answer = await readAnswer(store, call.answer);
    if (!answer) throw new Error(`${folder}/${file} names an answer that is not in the store: ${call.answer}`);
    result.calls.push(call);
    addCost(result.cost, call, answer);
    if (call.kind === 'hardware') result.hardware = hardwareAnswer.parse(answer.value);
    else result.answered.push(answeredOf(call, answer.value));
  }
  return result;
}

function answeredOf({ kind, name }: AnsweredCall, value: unknown): Answered {
  const schema = ANSWERS[kind as CallKind] as z.ZodType | undefined;
  if (!schema) throw new Error(`an answer is of no known kind: ${kind}`);
  return { kind, name, value: schema.parse(value) } as Answered;
}

function addCost(cost: PaperCost, call: AnsweredCall, { usage: used }: StoredAnswer): void {
  cost.calls += 1;
  cost.usd += used.usd;
  if (!call.paid) {
    cost.reused += 1;
    return;
  }
  cost.paid += used.usd;
  cost.inputTokens += used.inputTokens + used.cacheReadTokens + used.cacheWriteTokens;
  cost.outputTokens += used.outputTokens;
}

export async function readAnswer(store: Store, hash: string): Promise<StoredAnswer | undefined> {
  const found = await store.readJson(taskKeys.answer(hash));
  return found === undefined ? undefined : storedAnswer.parse(found);
}

/** Keeps an answer for whoever asks the same, before anything is done with it. */
export async function keepAnswer(store: Store, hash: string, answer: StoredAnswer): Promise<void> {
  await store.writeJson(taskKeys.answer(hash), answer);
}

/** Notes that a paper's call is answered; whoever was first stays named as the one who paid. */
export async function noteCall(
  store: Store,
  at: { place: PaperPlace; number: number },
  call: AnsweredCall,
): Promise<void> {
  const key = callKey(at.place, at.number, call.name);
  if (!(await store.exists(key))) await store.writeJson(key, call);
}

export const hasCall = (store: Store, at: { place: PaperPlace; number: number }, name: string): Promise<boolean> =>
  store.exists(callKey(at.place, at.number, name));

const callKey = (place: PaperPlace, number: number, name: string): string =>
  `${taskKeys.calls(place)}/${String(number).padStart(4, '0')}.${name}.json`;
