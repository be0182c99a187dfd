/** The tools that an agent can have. */
export const TOOL_NAMES = ['bash', 'read_file', 'search_file', 'write_file', 'edit_file', 'submit'] as const;
export type ToolName = (typeof TOOL_NAMES)[number];
