import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

/** A column of a class of SQLAlchemy, as the database calls it. */
interface ModelColumn {
	table: string;
	column: string;
	file: SourceFile;
	/** Offset of its line's first word. */
	at: number;
}

const NAMED = /^([ \t]+)__tablename__\s*(?::\s*\w+\s*)?=\s*["'](\w+)["']/gm;
/** `x: Mapped[int]`, `x = Column(…)`, `x = mapped_column("y", …)`; not a relationship. */
const COLUMN =
	/^([A-Za-z_]\w*)\s*(?::\s*(?:\w+\.)?Mapped\[[^\n=]*\]\s*(?:$|#)|(?::[^\n=]+)?=\s*(?:\w+\.)?(?:mapped_column|Column|deferred)\s*\(\s*(?:["'](\w+)["'])?)/;

/** The columns of the classes of SQLAlchemy that name their table, but for those that a base class or mixin gives them. */
export const modelColumnsOf = (tree: Tree): ModelColumn[] =>
	tree
		.in("python")
		.filter((file) => file.includes("__tablename__") && standingOf(file.path) === "live")
		.flatMap((file) =>
			file.matches(NAMED).flatMap(({ 1: indent, 2: table, index }) => columnsAt(file, index, indent!, table!)),
		);

/** The lines of the class body, around the line that names the table. */
function columnsAt(file: SourceFile, index: number, indent: string, table: string): ModelColumn[] {
	const { lines } = file;
	const own = file.lineAt(index) - 1;
	const isInside = (line: string | undefined): boolean =>
		line !== undefined && (line.trim() === "" || line.startsWith(indent) || /^\s*[)\]]/.test(line));
	let [first, last] = [own, own];
	while (isInside(lines[first - 1])) first -= 1;
	while (isInside(lines[last + 1])) last += 1;
	return lines.slice(first, last + 1).flatMap((line, at): ModelColumn[] => {
		const [, name, other] = (line.startsWith(indent) ? COLUMN.exec(line.slice(indent.length)) : null) ?? [];
		return name === undefined
			? []
			: [{ table, column: other ?? name, file, at: file.startOf(first + at + 1) + indent.length }];
	});
}
