import { dockerfilesOf } from "../dockerfile/model.ts";
import { programsOf, supervisorFilesOf } from "../supervisor/programs.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { composeServices, itemsOf } from "./compose.ts";
import { mappingsOf } from "./config-files.ts";
import { liveEnvOf } from "./env.ts";
import { isPortName } from "./env-statement.ts";
import { optionPorts } from "./service-ports.ts";
import { serviceWordsOf } from "./service-words.ts";
import { isEnvExample, standingOf } from "./standing.ts";
import { once } from "../tree/once.ts";

/** A port that something with a name listens on, as what runs has it. */
export interface NamedPort {
	/** Of the service, the program, the setting or the file. */
	words: ReadonlySet<string>;
	/** Of a port beside the service's main one: who means it says one of these, too. */
	own?: ReadonlySet<string>;
	/** Where the service is reached by another number than it listens on: which of the two this is. */
	side?: "outer" | "inner";
	port: number;
	file: SourceFile;
	/** Counted from 1. */
	line: number;
}

export const namedPortsOf = once((tree: Tree): readonly NamedPort[] => {
	const live = tree.files.filter(({ path, text }) => standingOf(path) === "live" && text.length < 400_000);
	const env = liveEnvOf(tree).flatMap(({ name, value, file, line, block }) =>
		isPortName(name) && /^\d{2,5}$/.test(value ?? "")
			? [named(`${name} ${block.split(/[.:]/).at(-1) ?? ""}`, Number(value), file, line)]
			: [],
	);
	const made = [
		...composed(tree),
		...optional(tree),
		...supervised(tree),
		...stages(tree),
		...settings(tree),
		...env,
		...live.flatMap((file) => [...defaults(file), ...gateway(file)]),
	].filter(({ words, port }) => words.size > 0 && port >= 80 && port <= 65_535);
	return made;
});

const named = (name: string, port: number, file: SourceFile, line: number): NamedPort => ({
	words: serviceWordsOf(name),
	port,
	file,
	line,
});

const composed = (tree: Tree): NamedPort[] =>
	composeServices(tree).flatMap((service) =>
		["ports", "expose"].flatMap((key) =>
			itemsOf(service, key).flatMap(({ value, line }) => {
				const ports = [...value.replace(/^(?:\d+\.){3}\d+:/, "").matchAll(/(?<![\d.])\d{2,5}(?![\d.])/g)];
				const [outer, inner] = ports.map(([port]) => Number(port));
				const two = ports.length === 2 && outer !== inner && !/\d-\d/.test(value);
				return ports.map(([port], at) => ({
					...named(service.name, Number(port), service.file, line),
					...(two ? { side: at === 0 ? ("outer" as const) : ("inner" as const) } : {}),
				}));
			}),
		),
	);

/** `--console-address ":9001"` in the command of a service. */
const optional = (tree: Tree): NamedPort[] =>
	composeServices(tree).flatMap((service) => {
		const items = itemsOf(service, "command");
		return items.flatMap(({ value, line }, at) => {
			const next = /^\W*--[\w-]+\W*$/.test(value) ? ` ${items[at + 1]?.value ?? ""}` : "";
			return [...`${value}${next}`.matchAll(OPTION)].map(([, option, port]) => ({
				...named(`${service.name} ${option!}`, Number(port), service.file, next === "" ? line : items[at + 1]!.line),
				own: serviceWordsOf(option!),
			}));
		});
	});

/** Whether words may mean the port. */
export const mayMean = (words: ReadonlySet<string>, { own }: NamedPort): boolean =>
	own === undefined || [...own].some((word) => words.has(word));

/** By the command of a program, or by the script of the tree that it starts. */
const supervised = (tree: Tree): NamedPort[] =>
	supervisorFilesOf(tree).flatMap((ini) =>
		programsOf(ini).flatMap(({ name, command }) => {
			if (command === undefined) return [];
			const own = optionPorts(command.value).map((port) => named(name, port, ini.file, command.line));
			const script = /([\w.-]+\/[\w.-]+\.sh)\b/.exec(command.value)?.[1];
			const file = script === undefined ? undefined : tree.files.find(({ path }) => path.endsWith(`/${script}`));
			return own.length > 0 || file === undefined
				? own
				: startedPorts(file).map(({ port, line }) => named(name, port, file, line));
		}),
	);

/** `--port 8090`, or `port=8081` beside `--port "$port"`. */
const startedPorts = (file: SourceFile): { port: number; line: number }[] =>
	file.lines.flatMap((text, index) =>
		[...optionPorts(text), ...(/^\s*(?:\w+_)?port=["']?(\d{2,5})\b/i.exec(text)?.slice(1) ?? []).map(Number)].map(
			(port) => ({ port, line: index + 1 }),
		),
	);

const stages = (tree: Tree): NamedPort[] =>
	dockerfilesOf(tree).flatMap(({ file, stages: all }) =>
		all.flatMap((stage) =>
			stage.steps
				.filter(({ keyword }) => keyword === "EXPOSE")
				.flatMap((step) =>
					[...step.rest.matchAll(/\b\d{2,5}\b/g)].map(([port]) =>
						named(stage.name ?? "", Number(port), file, file.lineAt(step.start)),
					),
				),
		),
	);

/** `gateway: {port: 8000}` in YAML, JSON and TOML. */
const settings = (tree: Tree): NamedPort[] =>
	mappingsOf(tree).flatMap(({ file, path, keys, texts }) => {
		const found: NamedPort[] = [];
		for (const [key, value] of texts)
			if (/port$/i.test(key) && /^\d{2,5}$/.test(value))
				found.push(named([...path, key, texts.get("name") ?? ""].join(" "), Number(value), file, keys.get(key)!));
		return found;
	});

/** `api_port: int = 8000`, `WORKER_PORT: z.number().default(9465)`, `[int]$UiPort = 8233`, `'--console-address', ':9001'`. */
const DEFAULT = /(?<![\w-])(\$?[A-Za-z_]*port)\b["']?(?!\w)[^\n\d"'#]{0,60}?["']?(?<![\w.:-])(\d{2,5})(?![\w.:])/gi;
const OPTION = /--([a-z][\w-]*-(?:port|address|addr|listen|bind))["']?[=,\s]+["']?(?:[\w.*]*:)?(\d{2,5})\b(?!\.)/g;
/** Words that end in `port` and mean none. */
const NO_PORT = /\b(?:import|report|export|support|transport)$/i;
const SAYS_PORT = /(?<!\b(?:im|re|ex|sup|trans))port\b|address|listen|bind/i;
const CODE = /^(?:python|javascript|powershell|shell|batch)$/;

function defaults(file: SourceFile): NamedPort[] {
	if (!CODE.test(file.language) || !file.has(/port|address/i)) return [];
	const base = file.path
		.split("/")
		.at(-1)!
		.replace(/\.\w+$/, "");
	return file.lines.flatMap((text, index) =>
		text.length > 500 || !/\d\d/.test(text) || !SAYS_PORT.test(text)
			? []
			: [DEFAULT, OPTION].flatMap((pattern) =>
					[...text.matchAll(pattern)].flatMap(({ 1: name, 2: port, index: at }) =>
						NO_PORT.test(name!) || isComment(file, file.startOf(index + 1) + at)
							? []
							: [named(`${name!} ${base}`, Number(port), file, index + 1)],
					),
				),
	);
}

const gateway = (file: SourceFile): NamedPort[] =>
	file.language === "nginx"
		? file
				.matches(/^[ \t]*listen\s+(?:[\w.*[\]:]*:)?(\d{2,5})\b/gm)
				.map(({ 0: all, 1: port, index }) =>
					named("nginx gateway proxy", Number(port), file, file.lineAt(index + all.length - 1)),
				)
		: [];

/** The one port that the tree gives to what shares most words with a name, whatever nginx says. */
export function portOfName(tree: Tree, name: string): NamedPort | undefined {
	const words = serviceWordsOf(name);
	const overlap = (one: NamedPort): number => [...one.words].filter((word) => words.has(word)).length;
	const all = namedPortsOf(tree).filter(({ file }) => file.language !== "nginx");
	const most = Math.max(0, ...all.map(overlap));
	const best = all.filter((one) => most > 0 && overlap(one) === most);
	return new Set(best.map(({ port }) => port)).size === 1 ? best[0] : undefined;
}

/** The side of the container, where compose publishes it as another port. */
const INNER = /^(\s*-\s*["']?(?:[\d.]+:)?(\d{2,5})):(?!\2\b)\d{2,5}(?=\/|["']?\s*$)/;

/** Whether a number of its own stands in a file that is no document and no history, beside what only asks for it. */
export function isNamedLive(tree: Tree, port: number, except?: SourceFile): boolean {
	const word = new RegExp(`(?<![\\w.])${port}(?![\\w.]|\\.\\d)`);
	const asks = new RegExp(`https?://(?:localhost|127\\.0\\.0\\.1|\\$\\{?\\w+\\}?):${port}\\b`);
	return tree.files.some(
		(file) =>
			file !== except &&
			file.text.includes(String(port)) &&
			(["live", "example"].includes(standingOf(file.path)) || isEnvExample(file.path)) &&
			file.has(word) &&
			(file.language !== "yaml" || file.lines.some((line) => word.test(line.replace(INNER, "$1")))) &&
			(!/^(?:shell|powershell|batch)$/.test(file.language) ||
				file.lines.some((line) => word.test(line) && !asks.test(line))),
	);
}
