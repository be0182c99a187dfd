/** A secret by the name of its variable. Read each time by the activity that needs it, and kept nowhere. */
export const readSecret = (variable: string): string | undefined => process.env[variable] || undefined;
