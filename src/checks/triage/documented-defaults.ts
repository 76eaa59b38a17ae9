import type { Tree } from "../tree/tree.ts";
import type { EnvStatement } from "../facts/env-statement.ts";
import { liveEnvOf } from "../facts/env.ts";
import { editOf, placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const PROGRAMS = new Set(["python", "javascript", "shell", "powershell", "batch"]);

export default {
	code: "TS381",
	scope: "static",
	severity: "warning",
	question: "Does a document tell the default of a setting that the code has?",
	why: "Whoever plans by the document gets another behaviour, and looks for the cause in a place where it is not.",
	example: "The table says `QUEUE_SIZE` | `4`, and the code reads it with the default 10: write one.",
	run(tree) {
		const reads = Map.groupBy(
			liveEnvOf(tree).filter(
				({ how, value, file }) =>
					how === "reads" &&
					value !== undefined &&
					value !== "" &&
					(PROGRAMS.has(file.language) || file.path.endsWith(".go")),
			),
			({ name }) => name,
		);
		const rows = reads.size === 0 ? [] : rowsOf(tree);
		return {
			looked: `${rows.length} defaults in tables`,
			findings: rows.flatMap((row) => differs(row, reads.get(row.name) ?? [])),
		};
	},
} satisfies StaticCheck;

interface Row {
	name: string;
	/** As it is written, without quotes. */
	value: string;
	file: SourceFile;
	line: number;
}

const cells = (line: string): string[] =>
	line
		.trim()
		.replace(/^\||\|$/g, "")
		.split(/(?<!\\)\|/)
		.map((cell) => cell.trim());

/** Rows of tables that have a column Default. */
const rowsOf = (tree: Tree): Row[] =>
	tree
		.in("markdown")
		.filter(
			(file) =>
				standingOf(file.path) === "docs" && file.text.length < 400_000 && file.has(/\|[^|\n]*default[^|\n]*\|/i),
		)
		.flatMap((file) => {
			let column = -1;
			return file.lines.flatMap((text, index): Row[] => {
				if (!text.trimStart().startsWith("|")) {
					column = -1;
					return [];
				}
				if (/^\s*\|[\s:|-]+\|?\s*$/.test(file.lines[index + 1] ?? "")) {
					column = cells(text).findIndex((cell) => /^\W*defaults?(?: value)?\W*$/i.test(cell));
					return [];
				}
				const row = column < 0 ? [] : cells(text);
				const name = /^`?([A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9])`?$/.exec(row[0] ?? "")?.[1];
				const value = /^(?:`([^`]+)`|"([^"]+)"|(-?\d+(?:\.\d+)?|true|false|[a-z]+))$/.exec(row[column] ?? "");
				return name === undefined || value === null
					? []
					: [
							{
								name,
								value: (value[1] ?? value[2] ?? value[3])!.replaceAll(/^["']|["']$/g, ""),
								file,
								line: index + 1,
							},
						];
			});
		});

/** Values that are no literal of a program, or say that there is none. */
const NONE =
	/^(?:none|null|nil|unset|empty|required|auto|generated|random|computed|n\/a|see|no|yes|any|all|-+)$|[<>${}\s*…]/i;

function differs(row: Row, reads: readonly EnvStatement[]): Found[] {
	const values = new Set(reads.map(({ value }) => plain(value!)));
	const [value] = [...values];
	if (NONE.test(row.value) || values.size !== 1 || value === plain(row.value)) return [];
	const numbers = [value!, plain(row.value)].every((one) => /^-?\d+(?:\.\d+)?$/.test(one));
	// Words and paths have more than one form; of those only one that is a value like the other is compared.
	if (!numbers && (kindOf(value!) !== kindOf(row.value) || kindOf(value!) === "other")) return [];
	const [first, ...rest] = reads;
	return [
		{
			message: `${row.file.path} tells ${row.value} as the default of ${row.name}, and the code has ${first!.value!}`,
			evidence: [
				placeIn(row.file, row.line),
				placeIn(first!.file, first!.line),
				...rest.map(({ file, line }) => placeIn(file, line)),
			],
			fix: {
				say: `write ${first!.value!} in ${row.file.path}:${row.line}`,
				...editOf(row.file, row.line, `\`${row.value}\``, `\`${first!.value!}\``),
			},
		},
	];
}

const plain = (value: string): string => {
	const text = value
		.trim()
		.toLowerCase()
		.replaceAll(/[_,](?=\d)/g, "")
		.replace(/\/+$/, "")
		.replaceAll(/\b127\.0\.0\.1\b/g, "localhost");
	return /^-?\d+\.0+$/.test(text) ? text.replace(/\.0+$/, "") : text;
};

const kindOf = (value: string): string =>
	/^(?:true|false)$/i.test(value)
		? "boolean"
		: /^[a-z][a-z]+$/i.test(value)
			? "word"
			: /^[\w.+-]+:\/\/\S+$|^[\w.-]+:\d+$/.test(value)
				? "address"
				: "other";
