export { paperToTask } from './paper-to-task.ts';
export { researchFactory } from './research-factory.ts';
export { distill } from './distill.ts';
export { evaluate } from './evaluate.ts';
export { sft } from './sft.ts';
export { rollout } from './rollout.ts';
export { train } from './train.ts';
export { rlStage } from './rl-stage.ts';
