import { posix } from "node:path";
import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS363",
	scope: "static",
	severity: "error",
	question: "Do the migrations of each database make one chain?",
	why: "Two branches that each added a migration to the same one leave two heads: Alembic and Django refuse to migrate, in the deploy.",
	example: '`down_revision = "b2d1"` in two files: give the later one the earlier one\'s revision, or merge the heads.',
	run(tree) {
		const migrations = tree.in("python").flatMap((file) => [...alembic(file), ...django(tree, file)]);
		const groups = [...Map.groupBy(migrations, ({ group }) => group).values()];
		const findings = [...groups.flatMap((all) => faultsOf(all, tree)), ...numbered(tree), ...plainNumbers(tree)];
		return { looked: `${migrations.length} migrations`, findings };
	},
} satisfies StaticCheck;

interface Migration {
	/** Folder of its chain. */
	group: string;
	id: string;
	/** Those before it. */
	after: readonly string[];
	/** It is a branch on purpose, or stands for others. */
	apart: boolean;
	file: SourceFile;
	line: number;
	tool: "alembic" | "django";
}

/** `0004_paid.sql` and `0004_secret.sql` of a folder whose files are numbered; a pair of one step has an ending that tells. */
function plainNumbers(tree: Tree): Found[] {
	const files = tree.files.flatMap((file) => {
		const [, folder = "", number, name] = NUMBERED.exec(file.path) ?? [];
		return number === undefined || standingOf(file.path) !== "live" ? [] : [{ file, folder, number, name: name! }];
	});
	const folders = Map.groupBy(files, ({ folder }) => folder);
	return [...folders.values()].flatMap((all) => {
		const steps = all.filter(({ name }) => !UNDONE.test(name));
		const groups = [...Map.groupBy(steps, ({ number }) => Number(number)).values()];
		const twice = groups.filter(({ length }) => length > 1);
		// Where many share a number, the numbers group the files and count nothing.
		if (twice.length * 3 > groups.length || twice.some(({ length }) => length > 2)) return [];
		return twice.map((same): Found => {
			const [first, second] = same.toSorted((a, b) => a.file.path.localeCompare(b.file.path)) as Step[] as [Step, Step];
			return {
				message: `two migrations of ${first.folder} have the number ${first.number}: what counts by number applies one of them alone`,
				evidence: [placeIn(first.file, 1), placeIn(second.file, 1)],
				fix: { say: "give the newer one the next number that is free" },
			};
		});
	});
}

interface Step {
	file: SourceFile;
	folder: string;
	number: string;
}

const NUMBERED =
	/^(.*(?:^|\/)[\w.-]*(?:migrat|schema|evolution|ddl|changelog)[\w.-]*(?:\/[\w.-]+)*)\/(\d{2,6}|\d{8}|\d{12}|\d{14})[_-]+([\w.-]+)\.(?:sql|cql|ddl)$/i;

/** The way back of a step, its data, its part for one kind of database. */
const UNDONE =
	/(?:^|[._-])(?:down|undo|rollback|revert|backward|drop|seed|fixture|data|check|verify|test|deploy|post|pre|sqlite3?|mysql|mariadb|postgres(?:ql)?|pg|mssql|oracle|clickhouse)s?(?=$|[._-])/i;

/** `V2__paid.sql` and `V2__currency.sql` of Flyway. */
function numbered(tree: Tree): Found[] {
	const files = tree.files.flatMap((file) => {
		const version = /(?:^|\/)V(\d+(?:[._]\d+)*)__\w+\.sql$/.exec(file.path)?.[1];
		return version === undefined || standingOf(file.path) !== "live" ? [] : [{ file, version }];
	});
	const groups = Map.groupBy(
		files,
		({ file, version }) => `${posix.dirname(file.path)} ${version.replaceAll("_", ".")}`,
	);
	return [...groups.values()].flatMap(([first, second]): Found[] =>
		second === undefined
			? []
			: [
					{
						message: `two migrations of ${posix.dirname(first!.file.path)} have the version ${first!.version}: Flyway refuses both`,
						evidence: [placeIn(second.file, 1), placeIn(first!.file, 1)],
						fix: { say: `give ${posix.basename(second.file.path)} the next version` },
					},
				],
	);
}

function alembic(file: SourceFile): Migration[] {
	const { text, path } = file;
	if (!text.includes("down_revision") || standingOf(path) === "history") return [];
	const id = /^revision\b[^=\n]*=\s*["']([\w-]+)["']/m.exec(text)?.[1];
	const down = /^down_revision\b[^=\n]*=\s*(\([^)]*\)|\[[^\]]*\]|[^\n#]+)/m.exec(text);
	if (id === undefined || down === null) return [];
	const after = [...down[1]!.matchAll(/["']([\w-]+)["']/g)].map(([, one]) => one!);
	const apart = file.has(/^(?:branch_labels|depends_on)\b[^=\n]*=\s*(?!None\b)\S/m);
	return [{ group: posix.dirname(path), id, after, apart, file, line: file.lineAt(down.index), tool: "alembic" }];
}

function django(tree: Tree, file: SourceFile): Migration[] {
	const [, app, id] = /(?:^|\/)(\w+)\/migrations\/(\d{4}_\w+)\.py$/.exec(file.path) ?? [];
	const { text } = file;
	if (app === undefined || !text.includes("migrations.Migration") || standingOf(file.path) === "history") return [];
	const list = /\bdependencies\s*=\s*\[([^\]]*)\]/.exec(text);
	const after = [...(list?.[1] ?? "").matchAll(/\(\s*["'](\w+)["']\s*,\s*["'](\w+)["']\s*\)/g)];
	const labelled = after.filter(([, label]) => label === app);
	// An app may be labelled otherwise than its folder.
	const beside = after.filter(([, , name]) => tree.has(posix.join(posix.dirname(file.path), `${name!}.py`)));
	const own = (labelled.length > 0 ? labelled : beside).map(([, , name]) => name!);
	const apart = file.has(/\breplaces\s*=|run_before\s*=/);
	const line = list === null ? 1 : file.lineAt(list.index);
	return [{ group: posix.dirname(file.path), id: id!, after: own, apart, file, line, tool: "django" }];
}

function faultsOf(all: readonly Migration[], tree: Tree): Found[] {
	const ids = new Set(all.map(({ id }) => id));
	const twice = [...Map.groupBy(all, ({ id }) => id).values()].filter(([, second]) => second !== undefined);
	const gone = all.flatMap((one) =>
		one.after
			.filter((id) => !isKnown(id, ids) && !isReplaced(id, all) && !tree.has(posix.join(one.group, `${id}.py`)))
			.map((id) => ({ one, id })),
	);
	// Revisions may lie in several folders, which one setting names.
	const spread = all[0]!.tool === "alembic" && tree.files.some((file) => file.has(/^\s*version_locations\s*=/m));
	if (spread) return [];
	return [
		...twice.map((same): Found => ({
			message: `${same.length} migrations of ${same[0]!.group} have the id ${same[0]!.id}`,
			evidence: [placeIn(same[1]!.file, 1), placeIn(same[0]!.file, 1)],
			fix: { say: `give ${same[1]!.file.path} an id of its own` },
		})),
		...gone
			.filter(({ one }) => !one.apart)
			.map(({ one, id }): Found => ({
				message: `${one.file.path} follows the migration ${id}, which is not in ${one.group}`,
				evidence: [placeIn(one.file, lineOf(one, id))],
				fix: { say: `bring the migration ${id} back, or name the one that is before it` },
			})),
		...(twice.length + gone.length > 0 ? [] : heads(all)),
	];
}

/** A squashed migration stands for it: `replaces = [("shop", "0003_prices")]`. */
const isReplaced = (id: string, all: readonly Migration[]): boolean =>
	all.some(({ file }) => new RegExp(`\\breplaces\\s*=[^\\]]*["']${RegExp.escape(id)}["']`).test(file.text));

const isKnown = (id: string, ids: ReadonlySet<string>): boolean =>
	ids.has(id) ||
	id === "__first__" ||
	id === "__latest__" ||
	[...ids].some((one) => id.length > 3 && one.startsWith(id));

function lineOf({ file, line }: Migration, id: string): number {
	const at = file.lines.findIndex((text, index) => index >= line - 1 && text.includes(id));
	return at === -1 ? line : at + 1;
}

function heads(all: readonly Migration[]): Found[] {
	const before = new Set(all.flatMap(({ after }) => after));
	const last = all.filter(({ id }) => ![...before].some((one) => id.startsWith(one)));
	if (last.length < 2 || all.some(({ apart }) => apart)) return [];
	const [newest, ...others] = last.toSorted((a, b) => b.file.path.localeCompare(a.file.path));
	const say =
		newest!.tool === "alembic"
			? `set down_revision of ${newest!.file.path} to ${others[0]!.id}, or run: alembic merge heads`
			: `name ${others[0]!.id} in its dependencies, or run: python manage.py makemigrations --merge`;
	return [
		{
			message: `the migrations of ${newest!.group} have ${last.length} heads: ${last.map(({ id }) => id).join(", ")}`,
			evidence: [placeIn(newest!.file, newest!.line), ...others.map(({ file, line }) => placeIn(file, line))],
			fix: { say },
		},
	];
}
