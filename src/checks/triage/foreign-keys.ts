import { nearest } from "../../system/nearest.ts";
import { editAt } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS379",
	scope: "static",
	severity: "error",
	question: "Does every foreign key of SQLAlchemy name a table that is there?",
	why: "The mapper looks for the table at the first query: NoReferencedTableError, in every request that touches the model.",
	example: '`ForeignKey("account.id")` and the table is called accounts.',
	run(tree) {
		const files = tree
			.in("python")
			.filter((file) => file.has(/sqlalchemy|sqlmodel|flask_sqlalchemy/) && standingOf(file.path) === "live");
		const tables = files.flatMap(tablesIn);
		const names = [...new Set(tables)];
		const open =
			names.length === 0 ||
			files.some(({ text }) => /\bautomap_base\b|\.reflect\(|autoload_with|SQLModel\b/.test(text));
		const keys = open ? [] : files.flatMap((file) => keysIn(file, names));
		return { looked: `${names.length} tables of SQLAlchemy`, findings: keys };
	},
} satisfies StaticCheck;

const tablesIn = ({ text }: SourceFile): string[] =>
	[
		...text.matchAll(
			/\b__tablename__\b[^=\n]*=\s*["'](\w+)["']|\b(?:Table|create_table|rename_table)\(\s*["'](\w+)["'](?:\s*,\s*["'](\w+)["'])?/g,
		),
	].flatMap(([, ...names]) => names.filter((one) => one !== undefined));

function keysIn(file: SourceFile, names: readonly string[]): Found[] {
	return file
		.matches(/\bForeignKey\(\s*["']((?:\w+\.)?(\w+)\.\w+)["']/g)
		.flatMap(({ 0: all, 1: whole, 2: table, index }): Found[] => {
			const meant = names.includes(table!) || whole!.split(".").length > 2 ? undefined : nearest(table!, names, 2);
			if (meant === undefined || isComment(file, index)) return [];
			const at = index + all.indexOf(whole!);
			return [
				{
					message: `a foreign key of ${file.path} names the table ${table!}, and no model has that table`,
					evidence: [file.placeAt(index)],
					fix: { say: `write ${meant}`, ...editAt(file, at, table!, meant) },
				},
			];
		});
}
