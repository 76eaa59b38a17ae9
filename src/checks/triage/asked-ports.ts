import { posix } from "node:path";
import { documentRows } from "../claims/tables.ts";
import { editOf, listed, placeIn, unique } from "../facts/found.ts";
import { isNamedLive, mayMean, namedPortsOf, type NamedPort } from "../facts/named-ports.ts";
import { scrapedPorts } from "../facts/scraped-ports.ts";
import { serviceWordsOf } from "../facts/service-words.ts";
import { WELL_KNOWN } from "../facts/ports.ts";
import { optionPorts } from "../facts/service-ports.ts";
import { waitedIn } from "../facts/waited-ports.ts";
import { standingOf } from "../facts/standing.ts";
import { contextsOf } from "../dockerfile/contexts.ts";
import { copiesOf } from "../dockerfile/image-files.ts";
import { dockerfilesOf, type DockerModel } from "../dockerfile/model.ts";
import { startedBy } from "../python/reached.ts";
import { programsOf, supervisorFilesOf } from "../supervisor/programs.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** This machine, or one that a variable names: `http://${host}:9465/health`. */
const ASKED =
	/(?<![\w.@-])https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\]|\$\{?\w+\}?|\$\(\w+\)|\{\w+\}):(\d{2,5})(?=[/"'`\s)?]|$)/g;
const PROBE =
	/\b(?:Test-(?:Tcp)?(?:Port|Connection|NetConnection)|Wait-\w*Port|wait[-_]?for[\w-]*|nc)\b[^\n]*?(?:-Port\s+|127\.0\.0\.1[ :]|localhost[ :])(\d{2,5})\b/g;

export default {
	code: "TS439",
	scope: "static",
	severity: "error",
	question: "Do scripts and probes ask a service on the port that the rest of the tree gives it?",
	why: "The service was moved and the script was not: it reports a healthy service as down, or waits for ever.",
	example: "`check worker http://$host:9464/health`, and the worker listens on 9465 everywhere else; write that.",
	run(tree) {
		const files = tree.in("shell", "powershell", "batch", "python", "javascript").filter((file) => {
			const standing = standingOf(file.path);
			return (
				(standing === "live" || /smoke/.test(file.path)) && file.text.length < 400_000 && file.has(/:\d{2,5}|port/i)
			);
		});
		const asked = [...files.flatMap(askedIn), ...scrapedPorts(tree)];
		const told = asked.length === 0 ? [] : [...namedPortsOf(tree), ...documented(tree)];
		return {
			looked: `${asked.length} ports that scripts ask`,
			findings: [
				...asked.flatMap((one) => {
					const inside = beside(tree, one);
					return inside.length > 0 ? inside : told.length === 0 ? [] : elsewhere(tree, one, told);
				}),
				...files.flatMap((file) => waited(tree, file)),
			],
		};
	},
} satisfies StaticCheck;

/** It waits for a port that nothing of the tree names, and not for what it starts. */
function waited(tree: Tree, file: SourceFile): Found[] {
	const one = file.language === "shell" || file.language === "powershell" ? waitedIn(file) : undefined;
	if (one === undefined) return [];
	const number = new RegExp(`(?<![\\w.])${one.port}(?![\\w.])`, "g");
	const isNamed = tree.files.some(({ text }) => (text.match(number)?.length ?? 0) > (text === file.text ? 1 : 0));
	if (isNamed) return [];
	const { port, line, started } = one;
	return [
		{
			message: `${file.path} waits for port ${port}, which nothing of the tree has, and never for ${started.port}, which it starts`,
			evidence: [placeIn(file, line), placeIn(file, started.line)],
			fix: {
				say: `write ${started.port} in ${file.path}:${line}`,
				...editOf(file, line, String(port), String(started.port)),
			},
		},
	];
}

interface Asked {
	port: number;
	words: ReadonlySet<string>;
	file: SourceFile;
	line: number;
}

const askedIn = (file: SourceFile): Asked[] =>
	[ASKED, PROBE].flatMap((pattern) =>
		file.matches(pattern).flatMap(({ 0: all, 1: port, index }): Asked[] => {
			const line = file.lineAt(index);
			const text = file.lines[line - 1]!;
			if (isComment(file, index) || text.length > 500 || /allow_?origins|cors|proxy/i.test(text)) return [];
			const code = file.language === "python" || file.language === "javascript";
			if (code && !/\b(?:fetch|urlopen|(?:requests|httpx|axios|client|session|got)\.(?:get|head|post))\(/.test(text))
				return [];
			// What the file opens itself, a tunnel or a program, it may ask.
			if ((file.text.match(new RegExp(`(?<![\\w.])${port!}(?![\\w.])`, "g"))?.length ?? 0) > 1) return [];
			return [
				{
					port: Number(port),
					words: serviceWordsOf(text.replace(all, " ").replaceAll(/\/[\w./-]+/g, " ")),
					file,
					line,
				},
			];
		}),
	);

const NAME = /^(?:service|name|component|program|process|server|what|part|role|container)s?$/;

/** What tables of documents say of the service. */
const documented = (tree: Tree): NamedPort[] =>
	documentRows(tree).flatMap(({ cells, line, file }) => {
		const name = [...cells].find(([head]) => NAME.test(head))?.[1];
		const text = [...cells].filter(([head]) => /port|listen|address|bind/.test(head)).map(([, cell]) => cell);
		const ports = text.flatMap((cell) =>
			[...cell.matchAll(/(?:^|:)(\d{2,5})(?![\d.])/g)].map(([, port]) => Number(port)),
		);
		return name === undefined ? [] : ports.map((port) => ({ words: serviceWordsOf(name), port, file, line }));
	});

/** Nothing else of the tree has the port, and what the words of the line name has another one. */
function elsewhere(tree: Tree, { port, words, file, line }: Asked, told: readonly NamedPort[]): Found[] {
	if (WELL_KNOWN.has(port) || port === 80 || port === 443 || told.some((one) => one.port === port && one.file !== file))
		return [];
	if (isNamedLive(tree, port, file) || inDocuments(tree, port)) return [];
	const overlap = (one: NamedPort): number => [...words].filter((word) => one.words.has(word)).length;
	const others = told.filter((one) => mayMean(words, one)).filter((one) => one.file !== file || one.port !== port);
	const most = Math.max(0, ...others.map(overlap));
	const meant = most === 0 ? [] : unique(others.filter((one) => overlap(one) === most));
	const ports = [...new Set(meant.map((one) => one.port))];
	// An exporter beside a service is scraped on a port of its own, far from the service's.
	if (ports.length !== 1 || (file.language === "yaml" && Math.abs(port - ports[0]!) > 100)) return [];
	return [
		{
			message: `${file.path} asks port ${port}, which nothing else of the tree has, for what has ${ports[0]!}`,
			evidence: [placeIn(file, line), ...meant.slice(0, 5).map((one) => placeIn(one.file, one.line))],
			fix: {
				say: `write ${ports[0]!} in ${file.path}:${line}, as in ${listed(meant)}`,
				...editOf(file, line, String(port), String(ports[0])),
			},
		},
	];
}

/** A script of an image asks its own machine, where supervisor starts the image's programs on other ports. */
function beside(tree: Tree, { port, file, line }: Asked): Found[] {
	if (WELL_KNOWN.has(port) || !/localhost|127\.0\.0\.1|\[::1\]/.test(file.lines[line - 1]!)) return [];
	const images = dockerfilesOf(tree).flatMap((model) => {
		const holds = copiedBy(tree, model);
		return holds(file.path) ? [{ model, holds }] : [];
	});
	const [image] = images;
	if (images.length !== 1 || image === undefined) return [];
	const number = new RegExp(`(?<![\\w.])${port}(?![\\w.])`);
	const names = tree.files.some(
		(one) =>
			one !== file &&
			(image.holds(one.path) || one.language === "dockerfile" || /(?:^|\/)\.env/.test(one.path)) &&
			number.test(one.text),
	);
	const programs = supervisorFilesOf(tree)
		.filter((one) => image.holds(one.file.path))
		.flatMap((ini) => programsOf(ini).map((one) => ({ ...one, file: ini.file })));
	const listen = programs.map((one) => ({ ...one, ports: optionPorts(one.command?.value ?? "") }));
	const meant = listen.filter((one) => one.ports.length > 0);
	// What has no port in its command is code of the tree, which would name it.
	const known = listen.every((one) => one.ports.length > 0 || startedBy(tree, one.command?.value ?? "") !== undefined);
	const right = meant[0]?.ports[0];
	if (names || !known || meant.length !== 1 || meant[0]!.ports.length !== 1 || right === port) return [];
	const told = { file: meant[0]!.file, line: meant[0]!.command!.line };
	return [
		{
			message: `${file.path} asks port ${port} of its own machine, and the only program there with a port, ${meant[0]!.name}, listens on ${right!}`,
			evidence: [placeIn(file, line), placeIn(told.file, told.line)],
			fix: {
				say: `write ${right!} in ${file.path}:${line}, as in ${listed([told])}`,
				...editOf(file, line, String(port), String(right)),
			},
		},
	];
}

/** Whether the image of a Dockerfile holds a path of the tree. */
function copiedBy(tree: Tree, model: DockerModel): (path: string) => boolean {
	const [contexts, last] = [contextsOf(tree, model.file.path) ?? [""], model.stages.at(-1)];
	const sources = (last === undefined ? [] : copiesOf(last))
		.filter(({ from }) => from === undefined)
		.flatMap((one) => one.sources.flatMap((source) => contexts.map((context) => posix.join(context, source))));
	const plain = sources.map((one) => one.replace(/\/?\*.*$/, "").replace(/^\.$|\/$/, ""));
	return (path) => plain.some((one) => one === "" || path === one || path.startsWith(`${one}/`));
}

const inDocuments = (tree: Tree, port: number): boolean =>
	tree
		.in("markdown")
		.some(({ path, text }) => standingOf(path) === "docs" && new RegExp(`(?<![\\w.])${port}(?![\\w.])`).test(text));
