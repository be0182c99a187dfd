import type { ProtectedPaper } from './decontamination.ts';

/** PaperBench's 20 papers and the three of its development split: id, title, arXiv id, official code. */
const PAPERS: readonly (readonly [id: string, title: string, arxiv: string, code?: string])[] = [
  [
    'adaptive-pruning',
    'APT: Adaptive Pruning and Tuning Pretrained Language Models for Efficient Training and Inference',
    '2401.12200',
    'https://github.com/ROIM1998/APT',
  ],
  ['all-in-one', 'All-in-one simulation-based inference', '2404.09636', 'https://github.com/mackelab/simformer'],
  [
    'bam',
    'Batch and match: black-box variational inference with a score-based divergence',
    '2402.14758',
    'https://github.com/modichirag/GSM-VI',
  ],
  [
    'bbox',
    'BBox-Adapter: Lightweight Adapting for Black-Box Large Language Models',
    '2402.08219',
    'https://github.com/haotiansun14/BBox-Adapter',
  ],
  [
    'bridging-data-gaps',
    'Bridging Data Gaps in Diffusion Models with Adversarial Noise-Based Transfer Learning',
    '2308.11948',
    'https://github.com/ShinyGua/DPMs-ANT',
  ],
  [
    'fre',
    'Unsupervised Zero-Shot Reinforcement Learning via Functional Reward Encodings',
    '2402.17135',
    'https://github.com/kvfrans/fre',
  ],
  [
    'ftrl',
    'Fine-tuning Reinforcement Learning Models is Secretly a Forgetting Mitigation Problem',
    '2402.02868',
    'https://github.com/BartekCupial/finetuning-RL-as-CL',
  ],
  [
    'lbcs',
    'Refined Coreset Selection: Towards Minimal Coreset Size under Model Performance Constraints',
    '2311.08675',
    'https://github.com/xiaoboxia/LBCS',
  ],
  [
    'lca-on-the-line',
    'LCA-on-the-Line: Benchmarking Out-of-Distribution Generalization with Class Taxonomies',
    '2407.16067',
    'https://github.com/ElvishElvis/LCA-on-the-line',
  ],
  [
    'mechanistic-understanding',
    'A Mechanistic Understanding of Alignment Algorithms: A Case Study on DPO and Toxicity',
    '2401.01967',
    'https://github.com/ajyl/dpo_toxic',
  ],
  [
    'pinn',
    'Challenges in Training PINNs: A Loss Landscape Perspective',
    '2402.01868',
    'https://github.com/pratikrathore8/opt_for_pinns',
  ],
  [
    'rice',
    'RICE: Breaking Through the Training Bottlenecks of Reinforcement Learning with Explanation',
    '2405.03064',
    'https://github.com/chengzelei/RICE',
  ],
  [
    'robust-clip',
    'Robust CLIP: Unsupervised Adversarial Fine-Tuning of Vision Embeddings for Robust Large Vision-Language Models',
    '2402.12336',
    'https://github.com/chs20/RobustVLM',
  ],
  [
    'sample-specific-masks',
    'Sample-specific Masks for Visual Reprogramming-based Prompting',
    '2406.03150',
    'https://github.com/tmlr-group/SMM',
  ],
  ['sapg', 'SAPG: Split and Aggregate Policy Gradients', '2407.20230', 'https://github.com/jayeshs999/sapg'],
  [
    'self-composing-policies',
    'Self-Composing Policies for Scalable Continual Reinforcement Learning',
    '2506.14811',
    'https://github.com/mikelma/componet',
  ],
  [
    'self-expansion',
    'Self-Expansion of Pre-trained Models with Mixture of Adapters for Continual Learning',
    '2403.18886',
  ],
  [
    'semantic-self-consistency',
    'Semantic Self-Consistency: Enhancing Language Model Reasoning via Semantic Weighting',
    '2410.07839',
  ],
  [
    'sequential-neural-score-estimation',
    'Sequential Neural Score Estimation: Likelihood-Free Inference with Conditional Score Based Diffusion Models',
    '2210.04872',
    'https://github.com/jacksimons15327/snpse_icml',
  ],
  [
    'stay-on-topic-with-classifier-free-guidance',
    'Stay on topic with Classifier-Free Guidance',
    '2306.17806',
    'https://github.com/Vermeille/lm-evaluation-harness-cfg',
  ],
  [
    'stochastic-interpolants',
    'Stochastic Interpolants with Data-Dependent Couplings',
    '2310.03725',
    'https://github.com/interpolants/couplings',
  ],
  [
    'test-time-model-adaptation',
    'Test-Time Model Adaptation with Only Forward Passes',
    '2404.01650',
    'https://github.com/mr-eggplant/FOA',
  ],
  [
    'what-will-my-model-forget',
    'What Will My Model Forget? Forecasting Forgotten Examples in Language Model Refinement',
    '2402.01865',
    'https://github.com/AuCson/icml-24-wwmf-temp',
  ],
];

/** What must stay out of training as long as PaperBench is what is measured. */
export const PAPERBENCH: readonly ProtectedPaper[] = PAPERS.map(([id, title, arxivId, code]) => ({
  id: `paperbench/${id}`,
  title,
  arxivIds: [arxivId],
  dois: [],
  code: code ? [code] : [],
}));
