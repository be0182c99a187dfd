"""The policy server: OpenAI completions with token ids for models small enough to run beside everything else."""
