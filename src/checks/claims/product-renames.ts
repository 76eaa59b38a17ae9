import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

/** A document that tells of the name that the product of the tree had before. */
export interface ProductRename {
	old: string;
	now: string;
	file: SourceFile;
	line: number;
}

const NAME = "[`\"'*_]{0,2}([A-Za-z][\\w-]{3,40}?)[`\"'*_]{0,2}(?![\\w-])";
const RENAMED = new RegExp(
	`\\b(?:renamed|rebranded)\\s+(?:(?:the|this)\\s+\\w+\\s+)?(?:from\\s+)?${NAME}\\s+(?:to|into|as|→|->)\\s+${NAME}`,
	"gi",
);
const FORMERLY = new RegExp(
	`\\b(?:[Ff]ormerly|[Pp]reviously)\\s+(?:(?:known\\s+as|called|named)\\s+|(?=[\`"'*]*[A-Z]))${NAME}`,
	"g",
);
/** Words that stand there and are no name. */
const WORDS =
	/^(?:this|that|the|with|from|into|used|known|called|named|only|file|files|main|master|public|private|published|part|done|some|were|been|have|had|it|they|just|also|when|which|class|function|method|package|module|project|service|branch|released|unreleased|internal|manual|manually)$/i;

/** As far as the name that the product has now is that of a manifest. */
export function productRenamesOf(tree: Tree): ProductRename[] {
	const names = new Set(tree.files.flatMap(manifestName).map(comparable));
	if (names.size === 0) return [];
	const documents = tree.in("markdown").filter(({ path }) => ["docs", "history"].includes(standingOf(path)));
	const told = documents.flatMap((file) => [
		...file.matches(RENAMED).map(({ 1: old, 2: now, index }) => ({
			old: old!,
			now: now!,
			file,
			line: file.lineAt(index),
		})),
		...(names.size === 1
			? file.matches(FORMERLY).map(({ 1: old, index }) => ({
					old: old!,
					now: [...names][0]!,
					file,
					line: file.lineAt(index),
				}))
			: []),
	]);
	const known = told.filter(
		({ old, now }) =>
			names.has(comparable(now)) &&
			!names.has(comparable(old)) &&
			!WORDS.test(old) &&
			!comparable(now).includes(comparable(old)),
	);
	return [...new Map(known.map((one) => [comparable(one.old), one])).values()];
}

const comparable = (name: string): string => name.toLowerCase().replaceAll(/[-_.]/g, "");

function manifestName({ path, text }: SourceFile): string[] {
	if (!/^(?:package\.json|pyproject\.toml|Cargo\.toml)$/.test(path)) return [];
	const name = /^\s*"?name"?\s*[:=]\s*["'](?:@[\w.-]+\/)?([\w.-]+)["']/m.exec(text)?.[1];
	return name === undefined ? [] : [name];
}
