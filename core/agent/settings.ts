import { z } from 'zod';
import type { TaskSettings } from '../task-settings.ts';
import { share } from '../fields.ts';

/** What a rollout allows and says, whoever plays it. */
export const agentSettings = z.strictObject({
  submit: z
    .enum(['auto', 'free', 'guarded'])
    .default('auto')
    .describe(
      '`free` at any time; `guarded` is refused until the paper is read and the time is used; `auto` guards papers only',
    ),
  submitAfter: share
    .default(0.5)
    .describe('where it is guarded: the share of the time budget before which it is refused'),
  pageCharacters: z.int().min(500).default(12_000).describe('characters of a page of `read_file`, at most'),
  remindEvery: z.int().min(0).default(5).describe('turns between two words on the time; 0: none. None on micropapers'),
  idleTurns: z
    .int()
    .min(1)
    .default(5)
    .describe('turns in a row without a call after which a rollout ends as it stands'),
});
export type AgentSettings = z.infer<typeof agentSettings>;

/** The rules of one rollout, with `auto` resolved. */
export interface AgentRules extends Omit<AgentSettings, 'submit'> {
  submit: 'free' | 'guarded';
}

/** What cannot be kept: a micropaper is read by a command of its own, which shows no pages. */
export function agentContradictions({
  rollout: { agent },
  tasks,
}: {
  rollout: { agent: Pick<AgentSettings, 'submit'> };
  tasks: { type: string };
}): { path: string[]; message: string }[] {
  if (agent.submit !== 'guarded' || tasks.type !== 'micropapers') return [];
  const message = 'guards papers that are read page by page; on micropapers it would never open: give "auto" or "free"';
  return [{ path: ['rollout', 'agent', 'submit'], message }];
}

/** Micropapers may be given up, which is what RL unlearns; their students know no other words than the papers'. */
export function rulesOf(settings: AgentSettings, tasks: Pick<TaskSettings, 'type'>): AgentRules {
  const isMicro = tasks.type === 'micropapers';
  const submit = settings.submit === 'auto' ? (isMicro ? 'free' : 'guarded') : settings.submit;
  return { ...settings, submit, remindEvery: isMicro ? 0 : settings.remindEvery };
}
