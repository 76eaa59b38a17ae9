import { bindingsOf } from "../javascript/bindings.ts";
import { partsFrom, tongueOf } from "../calls/arguments.ts";
import { importsOf } from "../python/imports.ts";
import { moduleFile, relativePath } from "../python/modules.ts";
import { editAt } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS346",
	scope: "static",
	severity: "error",
	question: "Is the prefix of every router given once?",
	why: "The router and the application that includes it both put the prefix before its routes: they answer below /v1/v1, and 404 where everybody asks.",
	example: '`APIRouter(prefix="/v1")` and `include_router(chat.router, prefix="/v1")`: take one of them out.',
	run(tree) {
		const files = tree
			.in("python", "javascript")
			.filter((file) => standingOf(file.path) === "live" && file.has(INCLUDE));
		return {
			looked: `${files.length} files that include routers`,
			findings: files.flatMap((file) => inFile(tree, file)),
		};
	},
} satisfies StaticCheck;

const INCLUDE = /\b(?:include_router|register_blueprint)\(|\w\.(?:use|register|route|mount)\(/;
const INCLUDES = /\b(\w+)\.(include_router|register_blueprint|use|register|route|mount)\(/g;

function inFile(tree: Tree, file: SourceFile): Found[] {
	return file.matches(INCLUDES).flatMap(({ 0: head, 2: how, index }): Found[] => {
		const parts = partsFrom(file.text, index + head.length, tongueOf(file))?.parts ?? [];
		const outer = outerPrefix(
			parts.map(({ text }) => text),
			how!,
		);
		const what = parts.find(({ text }) => /^[A-Za-z_$][\w$.]*(?:\([^()]*\))?$/.test(text));
		if (outer === undefined || what === undefined || kindAt(file, index) !== "code") return [];
		const inner = innerPrefix(tree, file, what.text.replace(/\(.*$/, ""), outer);
		if (inner === undefined) return [];
		return [
			{
				message: `${what.text} is included below ${outer}, and its own routes begin with ${outer} already: they are ${outer}${outer}/…`,
				evidence: [inner.file.placeAt(inner.at), file.placeAt(index)],
				fix: {
					say: `take ${outer} out of ${inner.file.path}, or of the line that includes it`,
					// Of several routes one line mends one.
					...(inner.file.text.split(outer).length === 2 ? editAt(inner.file, inner.at, inner.from, inner.to) : {}),
				},
			},
		];
	});
}

/** `/v1` of `prefix="/v1"`, `url_prefix`, `{ prefix: "/v1" }`, or of a first argument. */
function outerPrefix(parts: readonly string[], how: string): string | undefined {
	const text = parts
		.map(
			(one) =>
				/^(?:url_)?prefix\s*=\s*["'](\/[\w/.-]+)["']$/.exec(one)?.[1] ??
				/^\{[^}]*\bprefix\s*:\s*["'`](\/[\w/.-]+)["'`]/.exec(one)?.[1],
		)
		.find((one) => one !== undefined);
	const first =
		how === "use" || how === "route" || how === "mount"
			? /^["'`](\/[\w/.-]+)["'`]$/.exec(parts[0] ?? "")?.[1]
			: undefined;
	return (text ?? first)?.replace(/\/$/, "");
}

interface Inner {
	file: SourceFile;
	at: number;
	from: string;
	to: string;
}

function innerPrefix(tree: Tree, file: SourceFile, what: string, outer: string): Inner | undefined {
	const source = sourceOf(tree, file, what);
	if (source === undefined) return undefined;
	const name = RegExp.escape(source.name);
	const begun = String.raw`["'\`]${RegExp.escape(outer)}(?=["'\`/])`;
	if (file.language === "python") {
		const made = new RegExp(String.raw`^${name}\b[^=\n]*=\s*(?:\w+\.)?(?:APIRouter|Blueprint)\(`, "m").exec(
			source.file.text,
		);
		if (made === null) return undefined;
		const end = partsFrom(source.file.text, made.index + made[0].length, "python")?.end ?? 0;
		const head = source.file.text.slice(made.index, end);
		const own = new RegExp(String.raw`\b(?:url_)?prefix\s*=\s*(${begun})`).exec(head);
		if (own !== null)
			return {
				file: source.file,
				at: made.index + own.index + own[0].length - own[1]!.length,
				from: own[1]!,
				to: own[1]![0]!,
			};
		if (/\bprefix\s*=/.test(head)) return undefined;
	}
	return everyRoute(source.file, file.language === "python" ? source.name : undefined, outer, begun);
}

/** Every route of the router begins with the prefix, and there are two at least. */
function everyRoute(file: SourceFile, name: string | undefined, outer: string, begun: string): Inner | undefined {
	const on = name === undefined ? "\\w+" : `@${RegExp.escape(name)}`;
	const routes = [
		...file.text.matchAll(
			new RegExp(String.raw`${on}\.(?:get|post|put|patch|delete|websocket)\(\s*(["'\`][^"'\`\n]*["'\`])`, "g"),
		),
	];
	const all = routes.length > 0 && routes.every(([, path]) => new RegExp(`^${begun}`).test(path!));
	const [first] = routes;
	if (!all || first === undefined || outer.length < 2) return undefined;
	const at = first.index + first[0].length - first[1]!.length;
	return { file, at, from: first[1]!, to: first[1]![0]! + first[1]!.slice(1 + outer.length) };
}

/** The module and the name of what is included: of `chat.router` the router of chat. */
function sourceOf(tree: Tree, file: SourceFile, what: string): { file: SourceFile; name: string } | undefined {
	const [first, ...rest] = what.split(".");
	if (rest.length > 1) return undefined;
	if (file.language === "javascript") {
		const found = bindingsOf(tree, file).get(first!);
		return found === undefined ? undefined : { file: found.file, name: rest[0] ?? found.name };
	}
	for (const { module, names, at } of importsOf(file)) {
		const alias =
			new RegExp(`\\b(\\w+)\\s+as\\s+${first!}\\b`).exec(file.text.slice(at, at + 300).split(/\n(?=\S)/)[0]!)?.[1] ??
			first!;
		if (!names.includes(alias)) continue;
		const base = module.startsWith(".") ? (relativePath(file.path, module) ?? "") : undefined;
		const find = (path: string): SourceFile | undefined =>
			base === undefined ? moduleFile(tree, path, file.path) : tree.file(`${path}.py`);
		const source =
			rest.length === 0 ? find(base ?? module) : find(base === undefined ? `${module}.${alias}` : `${base}/${alias}`);
		if (source !== undefined) return { file: source, name: rest[0] ?? alias };
	}
	return rest.length === 0 ? { file, name: first! } : undefined;
}
