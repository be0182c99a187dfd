/** What an execution of a stage plans to play; the rest is the next execution's. */
interface Plan {
  pending: readonly unknown[];
  more: boolean;
}

/** The same planning, of pages that one execution is soon through with. */
export const paged =
  <Input, P extends Plan>(plan: (input: Input) => Promise<P>, size = 1) =>
  async (input: Input): Promise<P> => {
    const { pending, more, ...rest } = await plan(input);
    return { ...rest, pending: pending.slice(0, size), more: more || pending.length > size } as unknown as P;
  };
