import { z } from 'zod';

/**
 * The contract of a trainer job: `job.json` goes in, progress lines come out, `manifest.json` is written last.
 * `trainer/longhaul_trainer/job.py` reads exactly this; a Python test holds the two against each other.
 */

const count = z.number().int().min(1);
const share = z.number().min(0).max(1);
const positive = z.number().gt(0);

export const JOB_KINDS = ['init', 'sft', 'rl', 'pretrain'] as const;

/** Low-rank adapters: only they are trained, and they are merged into the weights of the output. */
export const lora = z.strictObject({
  rank: count.default(16),
  alpha: positive.default(32),
  dropout: z.number().min(0).lt(1).default(0),
  targets: z
    .array(z.string().min(1))
    .min(1)
    .nullable()
    .default(null)
    .describe('names of the linear layers that get an adapter; null means all but the output layer'),
});

/** How a policy gradient step weighs its tokens (`rl` only). */
export const rlHyper = z.strictObject({
  clipRatio: positive.default(0.2).describe("ε of PPO's clip on the token ratio"),
  klWeight: z
    .number()
    .min(0)
    .default(0.01)
    .describe(
      'β of the KL penalty to the reference: the k3 estimator, mean over the sampled tokens; 0 asks no reference',
    ),
  reference: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("folder of the checkpoint that the KL is measured to; null means the job's own input checkpoint"),
  lossWeight: z
    .enum(['window', 'rollout'])
    .default('rollout')
    .describe(
      "the unit of the loss's mean: every window alike, or every rollout alike however many windows it has; a window's tokens are summed",
    ),
});

export const hyper = z.strictObject({
  learningRate: positive.default(1e-5),
  warmupSteps: z.number().int().min(0).default(0),
  schedule: z.enum(['linear', 'cosine', 'constant']).default('linear'),
  finalFraction: share.default(0).describe('the learning rate at the last step, as a share of learningRate'),
  betas: z.tuple([z.number().min(0).lt(1), z.number().min(0).lt(1)]).default([0.9, 0.95]),
  weightDecay: z.number().min(0).default(0),
  clip: positive.nullable().default(1).describe('largest norm of the gradient; null does not clip'),
  accumulation: count
    .default(1)
    .describe(
      "parts that a step's batch is worked through in, at least; more parts need less memory and give the same step",
    ),
  packing: z
    .enum(['bucket', 'pack'])
    .default('bucket')
    .describe(
      'bucket pads rows of like length; pack lays rows end to end, and is refused where a model would mix them',
    ),
  maxLength: count
    .nullable()
    .default(null)
    .describe('tokens of the longest row that is allowed; null means as many as the model has positions'),
  dtype: z
    .enum(['auto', 'float32', 'bfloat16'])
    .default('auto')
    .describe('auto is bfloat16 on a GPU that has it (weights and optimizer stay float32) and float32 elsewhere'),
  activationCheckpointing: z.boolean().default(false),
  repeatable: z
    .boolean()
    .default(true)
    .describe(
      'a job that was killed and went on ends with the bits of one that was not, also on a GPU; there, false is faster (up to 1.7 times at windows of 32,768 tokens)',
    ),
  fsdp: z.boolean().default(false).describe('shards weights, gradients and optimizer over the processes (FSDP2)'),
  lora: lora.nullable().default(null),
  optimizer: z
    .enum(['fresh', 'continue'])
    .default('fresh')
    .describe('continue goes on with the optimizer state that the input checkpoint carries'),
  keepOptimizer: z
    .boolean()
    .default(false)
    .describe('puts the optimizer state into the output checkpoint, for a job that continues'),
  saveEvery: count
    .nullable()
    .default(null)
    .describe('steps between saved states, from which a job that was killed goes on; null saves none'),
  threads: count
    .nullable()
    .default(null)
    .describe('CPU threads of one process; null means as many as the process may use'),
  rl: rlHyper.nullable().default(null),
});

/** The model of an `init` job. `copying` is the tiny student's initialisation, `random` that of transformers. */
export const init = z.strictObject({
  mode: z
    .enum(['random', 'copying', 'checkpoint'])
    .describe("`checkpoint` takes a model over that somebody else has trained; `copying` is the tiny student's"),
  path: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('of `checkpoint`: a Hugging Face folder with safetensors and a tokenizer'),
  config: z
    .record(z.string(), z.unknown())
    .nullable()
    .default(null)
    .describe('a Hugging Face model config; it names its model_type. May be left out with copying'),
  vocabSize: count.nullable().default(null).describe('size of the vocabulary; null means that of the tokenizer'),
});

/** A tokenizer to make (`words`: one word is one token, split at white space) or to copy (`path`). */
export const tokenizer = z.strictObject({
  words: z.array(z.string().min(1)).min(1).nullable().default(null),
  path: z.string().min(1).nullable().default(null).describe('a folder that AutoTokenizer loads'),
  pad: z.string().min(1).nullable().default(null),
  bos: z.string().min(1).nullable().default(null),
  eos: z.string().min(1).nullable().default(null),
  unk: z.string().min(1).nullable().default(null),
  special: z
    .array(z.string().min(1))
    .default([])
    .describe('further words that decoding with skip_special_tokens leaves out'),
  chatTemplate: z.string().min(1).nullable().default(null).describe('jinja, as transformers has it'),
});

/** `job.json`. Paths are absolute or relative to the job's folder. */
export const job = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/, 'must be letters, digits, dots, hyphens and underscores'),
  kind: z.enum(JOB_KINDS),
  checkpoint: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('folder of the checkpoint to start from; none for init'),
  data: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'parquet files, rows input_ids, labels (-100 is not trained); for rl also advantages (one a row), old_logprobs, rollout_id, window',
    ),
  output: z.string().min(1).describe('folder of the checkpoint to write; it appears whole or not at all'),
  seed: z.number().int().min(0).max(4_294_967_295).default(0),
  steps: z
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('updates of the weights; 0 for init; for rl the minibatches that all rows are dealt into, each row once'),
  batchTokens: count
    .default(2048)
    .describe(
      "tokens of a step's batch, over all processes; a row is never cut. For rl only what is held at a time: it changes no step",
    ),
  hyper: hyper.prefault({}),
  init: init.nullable().default(null),
  tokenizer: tokenizer.nullable().default(null),
});
export type Job = z.infer<typeof job>;
export type JobInput = z.input<typeof job>;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** `manifest.json` of a checkpoint; a checkpoint without it does not exist. */
export const checkpointManifest = z.object({
  job: z.string(),
  kind: z.enum(JOB_KINDS),
  settings: sha256.describe("hash of the job's settings without paths, threads and saveEvery"),
  step: z.number().int().min(0).describe('steps done; compare with the steps asked for'),
  steps: z.number().int().min(0),
  parent: z
    .object({ path: z.string(), sha256 })
    .nullable()
    .describe('the input checkpoint: hash of its manifest, or of its weights where it has none'),
  batch: z.array(z.object({ path: z.string(), sha256, rows: z.number().int(), tokens: z.number().int() })),
  files: z.record(z.string(), z.object({ sha256, bytes: z.number().int() })),
  metrics: z.record(z.string(), z.number()),
  versions: z.record(z.string(), z.string()),
});
export type CheckpointManifest = z.infer<typeof checkpointManifest>;

const step = z.number().int();

/** The JSON lines that a job writes on stdout. Numbers of a step that are not listed belong to its kind (`rl`). */
export const jobLine = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('started'), job: z.string(), kind: z.enum(JOB_KINDS), step, steps: step }),
  z.looseObject({
    type: z.literal('progress'),
    job: z.string(),
    step,
    steps: step,
    loss: z.number(),
    tokensPerSecond: z.number(),
    lr: z.number(),
    gradNorm: z.number(),
  }),
  z.looseObject({ type: z.literal('note'), job: z.string(), message: z.string() }),
  z.looseObject({ type: z.literal('done'), job: z.string(), step, output: z.string(), manifest: sha256 }),
  z.looseObject({ type: z.literal('error'), job: z.string(), code: z.number().int(), message: z.string() }),
]);
export type JobLine = z.infer<typeof jobLine>;

/** How a trainer process ends: 0 done, 2 bad input (not retried), anything else try again. */
export const JOB_EXIT = { done: 0, badInput: 2, tryAgain: 75 } as const;
