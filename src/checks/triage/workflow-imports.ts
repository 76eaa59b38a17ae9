import { builtinModules } from "node:module";
import { moduleOf } from "../javascript/bindings.ts";
import { isRealImport, moduleImports } from "../javascript/imports.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS391",
	scope: "static",
	severity: "error",
	question: "Does workflow code of Temporal import only what runs in the sandbox of workflows?",
	why: "The worker bundles all that a workflow imports: a module of Node in it, however far away, and the worker refuses to start; what reads the environment differs from run to run.",
	example:
		'`import { LIMIT } from "../config"` in a workflow, and config.ts imports node:fs: move LIMIT to a module of its own.',
	run(tree) {
		const files = tree.in("javascript").filter((file) => isWorkflow(file));
		return { looked: `${files.length} files of workflows`, findings: files.flatMap((file) => inFile(tree, file)) };
	},
} satisfies StaticCheck;

/** It imports more than types of the SDK for workflows, and exports functions; interceptors and tests are no workflows. */
const isWorkflow = (file: SourceFile): boolean =>
	standingOf(file.path) === "live" &&
	file.has(/^import\s+(?!type\b)[^;]*from\s*["']@temporalio\/workflow["']/m) &&
	file.has(/^export\s+(?:async\s+function|const\s+\w+\s*=\s*async|default\s+async)/m) &&
	!/from\s*["']@temporalio\/(?:worker|client|activity)["']/.test(file.text.replaceAll(/^import\s+type\b[^;]*;/gm, ""));

interface Reached {
	/** What cannot be bundled: a specifier, or how the environment is read. */
	what: string;
	file: SourceFile;
	at: number;
	/** The import in the workflow's own file. */
	first: number;
}

const NODE = new Set(builtinModules);
/** Modules of Node that the SDK has for workflows itself. */
const GIVEN = new Set(["assert", "url", "util"]);
const OUTSIDE =
	/^@temporalio\/(?:worker|client|activity)$|^(?:pg|ioredis|redis|mysql2|mongodb|minio|fastify|express|undici|node-fetch|dotenv|winston|pino|execa|fs-extra|@aws-sdk\/.+|@prisma\/client|knex|typeorm|sequelize|nodemailer|ws)$/;

function forbidden(specifier: string): boolean {
	const bare = specifier.replace(/^node:/, "");
	return (NODE.has(bare) && !GIVEN.has(bare)) || OUTSIDE.test(specifier);
}

function inFile(tree: Tree, file: SourceFile): Found[] {
	const seen = new Set([file.path]);
	const queue: { file: SourceFile; first?: number }[] = [{ file }];
	const reached = new Map<number, Reached>();
	for (let one = queue.shift(); one !== undefined && seen.size < 300; one = queue.shift()) {
		for (const imported of valueImports(one.file)) {
			const first = one.first ?? imported.at;
			if (reached.has(first)) continue;
			if (forbidden(imported.specifier))
				reached.set(first, { what: imported.specifier, file: one.file, at: imported.at, first });
			const next = moduleOf(tree, one.file, imported.specifier);
			if (next === undefined || seen.has(next.path)) continue;
			seen.add(next.path);
			queue.push({ file: next, first });
		}
		const read = one.first === undefined ? undefined : environmentIn(one.file);
		if (read !== undefined && !reached.has(one.first!))
			reached.set(one.first!, { what: "code that reads the environment", file: one.file, at: read, first: one.first! });
	}
	return [...reached.values()].map((one) => foundFor(file, one));
}

/** Imports that are there when it runs: of values, and of names that are used as values. */
function valueImports(file: SourceFile) {
	return moduleImports(file).filter((one) => {
		if (one.type || !isRealImport(file, one)) return false;
		const start = file.text.lastIndexOf("\n", file.text.lastIndexOf("import", one.at)) + 1;
		const list = /\{([^}]*)\}/.exec(file.text.slice(start, one.at))?.[1];
		// `import { type A, type B }` leaves nothing.
		return list === undefined || list.split(",").some((name) => name.trim() !== "" && !/^\s*type\s/.test(name));
	});
}

/** A module that reads the environment when it is loaded. */
const environmentIn = (file: SourceFile): number | undefined =>
	file
		.matches(/^(?:export\s+)?(?:const|let|var)\b[^\n{]*\bprocess\.env\b/gm)
		.find(({ index, 0: all }) => !/=>/.test(all) && kindAt(file, index) === "code")?.index;

function foundFor(file: SourceFile, { what, file: by, at, first }: Reached): Found {
	const own = by === file;
	return {
		message: own
			? `a workflow imports ${what}, which the sandbox of workflows does not have`
			: `a workflow imports, through ${by.path}, ${what}, which the sandbox of workflows does not have`,
		evidence: [file.placeAt(first), ...(own ? [] : [by.placeAt(at)])],
		fix: {
			say: own
				? "do it in an activity; `import type` for types"
				: `move what the workflow needs of ${by.path} to a module without ${what}, or write \`import type\``,
		},
	};
}
