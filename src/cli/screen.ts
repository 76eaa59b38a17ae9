import { COLUMNS } from "../system/text.ts";

/** Columns that a table may take: the terminal's, or 80 where the output is read by something else. */
export const screenColumns = (
	{ isTTY, columns }: Pick<NodeJS.WriteStream, "isTTY" | "columns"> = process.stdout,
): number => (isTTY && columns) || COLUMNS;
