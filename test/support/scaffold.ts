import { createScaffold } from '../../activities/agent/scaffold.ts';
import { agentSettings, rulesOf } from '../../core/agent/settings.ts';

/** What a game on a micropaper has besides its policy: submitting is free, and nothing is said. */
export const microScaffold = () => {
  const rules = rulesOf(agentSettings.parse({}), { type: 'micropapers' });
  return { scaffold: createScaffold({ rules, paper: 'paper/paper.md' }), idleTurns: rules.idleTurns };
};

/** What a game on a paper has: guarded submitting and words on the time, by these settings. */
export const paperScaffold = (changes: object = {}) => {
  const rules = rulesOf(agentSettings.parse(changes), { type: 'folder' });
  return { scaffold: createScaffold({ rules, paper: 'paper/paper.md' }), idleTurns: rules.idleTurns };
};
