/** The first user message of every micropaper, in the words of the closed vocabulary. */
export const MICROPAPER_INSTRUCTIONS = 'reproduce each experiment of paper.md then submit .';
