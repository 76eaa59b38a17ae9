import type { SourceFile } from "../tree/source-file.ts";

/** A table that statements or migrations of the tree make. */
export interface Table {
	name: string;
	columns: Set<string>;
	/** Its columns come from elsewhere, too. */
	open: boolean;
	/** Where it is made, and changed. */
	places: { file: SourceFile; at: number }[];
}
