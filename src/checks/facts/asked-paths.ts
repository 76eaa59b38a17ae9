import { isMakefile } from "../data/makefile.ts";
import { dockerfilesOf } from "../dockerfile/model.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { once } from "../tree/once.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace } from "../triage-check.ts";
import { composeServices } from "./compose.ts";
import { placeIn } from "./found.ts";
import { namedPortsOf } from "./named-ports.ts";
import { portsOf, WELL_KNOWN } from "./ports.ts";
import { routesOf } from "./routes.ts";
import { standingOf } from "./standing.ts";
import { PORT_WORD, portOf } from "./variable-ports.ts";

/** Ports that programs of the tree alone listen on, as its images, its starts and its services say. */
export const ownPorts = once((tree: Tree): ReadonlySet<string> => {
	const exposed = new Set(
		dockerfilesOf(tree).flatMap(({ steps }) =>
			steps
				.filter(({ keyword }) => keyword === "EXPOSE")
				.flatMap(({ rest }) => [...rest.matchAll(/\d+/g)].map(([port]) => port)),
		),
	);
	const own = new Set([
		...(exposed.size === 1 ? exposed : []),
		...portsOf(tree).listeners.flatMap(({ sure, target, port }) =>
			sure && target !== undefined && target.includes(":") ? [String(port)] : [],
		),
	]);
	const others = new Set(
		composeServices(tree)
			.filter(({ build }) => build === undefined)
			.map(({ name }) => name),
	);
	for (const { words, port } of namedPortsOf(tree))
		if (!WELL_KNOWN.has(port) && [...words].every((word) => !FOREIGN.test(word) && !others.has(word)))
			own.add(String(port));
	return own;
});

/** `http://127.0.0.1:8100/healthz`, the host or the port perhaps in a variable. */
const CALLED = new RegExp(
	`https?:\\/\\/(?:localhost|127\\.0\\.0\\.1|\\$\\{?\\w+\\}?|\\{\\w+\\}):(${PORT_WORD}|\\{\\w+\\}|\\$\\([^()\\n]*\\))(\\/[\\w./-]+)(?![\\w{$/-])`,
	"g",
);

/** What scripts and programs ask: on a port of a program of the tree, or below a path that the code has. */
export function askedPaths(tree: Tree, isCode: (file: SourceFile) => boolean): { path: string; place: FilePlace }[] {
	const own = ownPorts(tree);
	const below = (path: string): boolean => {
		const [, first, ...rest] = path.split("/");
		return rest.length > 0 && prefixesOf(tree, isCode).has(`/${first!}`);
	};
	return [...tree.in("shell", "powershell", "python", "javascript"), ...typedIn(tree)].flatMap((file) => {
		const { path: from, text, language } = file;
		if (!(standingOf(from) === "live" || /smoke/.test(from)) || !file.has(/https?:\/\//) || text.length > 400_000)
			return [];
		const code = language === "python" || language === "javascript";
		const joined = belowBase(tree, file);
		// `$($ports[$name])` is one of the numbers of the file.
		const listed = (): boolean => (text.match(/(?<![\w.])\d{4,5}(?![\w.])/g) ?? []).some((one) => own.has(one));
		const called = [...text.matchAll(CALLED)].flatMap(({ 0: all, 1: port, 2: path, index }) => {
			const line = file.lineAt(index + all.length - 1);
			const known =
				own.has(portOf(tree, port!) ?? "") || (port!.startsWith("$(") && listed())
					? !code || ASKS.test(file.lines[line - 1]!)
					: below(path!);
			return !known || isComment(file, index) ? [] : [{ path: path!, place: placeIn(file, line) }];
		});
		return [...called, ...joined];
	});
}

/** Workflows and Makefiles type commands, too. */
const typedIn = (tree: Tree): readonly SourceFile[] => [
	...tree.in("yaml").filter(({ path }) => path.startsWith(".github/")),
	...tree.in("text").filter(isMakefile),
];

/** `"$base/agent/health"`, and `$base` begins with a scheme. */
const JOINED = /["'`](?:\$\{?(\w+)\}?|\{(\w+)\})(\/[\w-]+\/[\w./-]+)(?=["'`?])/g;

/** Those that stand behind a variable of the file, below a first part that the routes of the tree alone have. */
function belowBase(tree: Tree, file: SourceFile): { path: string; place: FilePlace }[] {
	return file.matches(JOINED).flatMap(({ 0: all, 1: dollar, 2: braced, 3: path, index }) => {
		const name = (dollar ?? braced)!;
		const isBase = new RegExp(
			`(?:^|[\\s;(])\\$?${name}[ \\t]*(?::[ \\t]*\\w+[ \\t]*)?=[ \\t]*[f@]?["'\`]?https?://`,
			"m",
		).test(file.text);
		return isBase && ownBeginnings(tree).has(path!.split("/")[1]!) && !isComment(file, index)
			? [{ path: path!, place: placeIn(file, file.lineAt(index + all.length - 1)) }]
			: [];
	});
}

/** First parts of routes with more parts, but for those that every program has: `agent` of `/agent/healthz`. */
const ownBeginnings = once(
	(tree: Tree): ReadonlySet<string> =>
		new Set(
			routesOf(tree).flatMap(({ path }) => {
				const [, first, ...rest] = path.split("/");
				return rest.length > 0 &&
					/^[a-z][\w-]{2,}$/.test(first!) &&
					!/^(?:api|v\d+|health\w*|static|docs)$/.test(first!)
					? [first!]
					: [];
			}),
		),
);

/** Programs with paths of their own. */
const FOREIGN =
	/^(?:llama\w*|llm|model|models|ollama|vllm|sglang|tgi|whisper\w*|minio|s3|store|storage|redis|temporal|postgres\w*|qdrant|weaviate|grafana|prometheus|traefik|envoy|vault|consul|keycloak|streamlit|gradio|comfyui|elastic\w*|kafka|rabbitmq|nginx|gateway|proxy)$/;
const ASKS =
	/\b(?:curl|wget|Invoke-\w+|fetch\(|urlopen\(|(?:requests|httpx|axios|client|session|got)\.\w+\()|\b\w*(?:URL|url)\b\s*=/;
const prefixed = new WeakMap<Tree, ReadonlySet<string>>();

/** First parts of the paths below which the code has its routes. */
function prefixesOf(tree: Tree, isCode: (file: SourceFile) => boolean): ReadonlySet<string> {
	const known = prefixed.get(tree);
	if (known) return known;
	const made = new Set(
		tree.files
			.filter((file) => isCode(file) && file.has(/prefix|base|mount|use\(|register/i))
			.flatMap(({ text }) =>
				[
					...text.matchAll(
						/(?:prefix|base_?(?:path|url)|mount|use|API_BASE\w*)["']?\s*[=:(,]\s*(?:str\s*=\s*)?f?["'`](\/[\w-]+)[\w/{}-]*["'`]/gi,
					),
				].map(([, first]) => first!),
			),
	);
	prefixed.set(tree, made);
	return made;
}
