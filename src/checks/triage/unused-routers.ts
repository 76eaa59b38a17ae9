import { posix } from "node:path";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { importsOf } from "../python/imports.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS367",
	scope: "static",
	severity: "warning",
	question: "Is every router of FastAPI and every blueprint of Flask a part of an application?",
	why: "The routes of a module that nothing imports answer 404, and no test of another module shows it.",
	example:
		"`router = APIRouter()` in routers/invoices.py, and main.py includes only accounts: import it, and call include_router.",
	run(tree) {
		const all = tree.in("python").filter(({ path }) => standingOf(path) === "live");
		const routers = all.flatMap((file) => routerIn(file) ?? []);
		const included = all.find((file) => file.has(/\b(?:include_router|register_blueprint)\(/));
		// Some applications look for their modules themselves.
		const dynamic = all.some((file) => file.has(/\b(?:pkgutil|importlib|import_string|__import__)\b/));
		const findings =
			included === undefined || dynamic
				? []
				: routers.filter(({ file }) => !isImported(tree, file)).map((one) => foundFor(one, included));
		return { looked: `${routers.length} routers`, findings };
	},
} satisfies StaticCheck;

interface Router {
	file: SourceFile;
	name: string;
	at: number;
}

/** A module whose router has routes. */
function routerIn(file: SourceFile): Router | undefined {
	if (!file.has(/\b(?:APIRouter|Blueprint)\(/)) return undefined;
	const made = /^(\w+)\b[^=\n]*=\s*(?:\w+\.)?(?:APIRouter|Blueprint)\(/m.exec(file.text);
	// A file that includes its own router is the application.
	if (file.has(/\b(?:include_router|register_blueprint)\(/)) return undefined;
	if (made === null || !new RegExp(`^@${made[1]!}\\.\\w+\\(`, "m").test(file.text)) return undefined;
	return { file, name: made[1]!, at: made.index };
}

/** By its name, wherever: who imports another module of the same name is given the benefit. */
function isImported(tree: Tree, file: SourceFile): boolean {
	const base = posix.basename(file.path, ".py");
	const name = base === "__init__" ? posix.basename(posix.dirname(file.path)) : base;
	return tree
		.in("python")
		.some(
			(one) =>
				one !== file &&
				one.text.includes(name) &&
				standingOf(one.path) !== "test" &&
				importsOf(one).some(
					({ module, names }) => names.includes(name) || names.includes("*") || module.split(".").includes(name),
				),
		);
}

const foundFor = ({ file, name, at }: Router, included: SourceFile): Found => ({
	message: `nothing imports ${file.path}, so that the routes of its ${name} answer nobody`,
	evidence: [file.placeAt(at), included.placeAt(included.text.search(/\b(?:include_router|register_blueprint)\(/))],
	fix: { say: `import it where ${included.path} includes the others, and include its ${name}` },
});
