/** What stands in one place of a file: values by the names that the file gives them, or why there are none. */
export type Entry = { line: number; values: Readonly<Record<string, unknown>> } | { line: number; fault: string };

export const TOO_LONG = 'is longer than 64 KiB';
