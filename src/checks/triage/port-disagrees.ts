import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { stageOf } from "../facts/addresses.ts";
import { envOf } from "../facts/env.ts";
import { editOf, listed, unique, weigh, type Side } from "../facts/found.ts";
import { portsOf } from "../facts/ports.ts";
import { isInventory } from "../facts/inventory.ts";
import { isNamedLive } from "../facts/named-ports.ts";
import { numbersOf } from "../facts/line-numbers.ts";
import { serviceWordsOf } from "../facts/service-words.ts";
import { commandPorts } from "../facts/service-ports.ts";
import { settingPorts } from "../facts/setting-ports.ts";
import { isEnvExample, standingOf } from "../facts/standing.ts";
import { dockerfilesOf } from "../dockerfile/model.ts";
import { movedPorts } from "../supervisor/moved-ports.ts";
import { supervisedSides } from "../supervisor/image-ports.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** Every program has its own. */
const GENERIC =
	/^(?:PORT|HTTP_PORT|HTTPS_PORT|SERVER_PORT|APP_PORT|SSH_PORT|HOST_PORT|LOCAL_PORT|LISTEN_PORT|DEBUG_PORT|METRICS_PORT)$/;

export default {
	code: "TS421",
	scope: "static",
	severity: "error",
	question: "Has every service one port, wherever it is written?",
	why: "One side was moved to a new port and the other was not: the service runs, and nobody reaches it.",
	example: "`EXPOSE 8000` and `CMD uvicorn … --port 8100` in one Dockerfile; write one number.",
	run(tree) {
		const { listeners } = portsOf(tree);
		const findings = [
			...byName(tree),
			...settingPorts(tree, (name) => GENERIC.test(name)).flatMap(({ name, setting, env }) =>
				disagreement(name, [setting, ...env.map((one) => ({ ...one, weight: 2 }))], true),
			),
			...byTarget(tree),
			...tree.in("dockerfile").flatMap(inDockerfile),
			...tree.in("dockerfile").flatMap((file) => [...inSupervised(tree, file), ...unheard(tree, file)]),
			...dockerfilesOf(tree)
				.filter(({ file }) => standingOf(file.path) === "live")
				.flatMap((model) => movedPorts(tree, model).flatMap(({ name, sides }) => disagreement(name, sides, true))),
		];
		return { looked: `${listeners.length} places that name a port`, findings };
	},
} satisfies StaticCheck;

type Named = Side & { name: string; block: string };

function byName(tree: Tree): Found[] {
	const sides = envOf(tree).flatMap(({ name, value, file, line, block, comment }): Named[] => {
		const standing = standingOf(file.path);
		const counts = standing === "live" || isEnvExample(file.path);
		// A constant of one script is nobody else's.
		const own = /^\s*(?:readonly|local|declare|typeset)\b/.test(file.lines[line - 1] ?? "");
		if (comment || own || !counts || !name.endsWith("_PORT") || GENERIC.test(name) || !/^\d{2,5}$/.test(value ?? ""))
			return [];
		// Programs on other machines may have another port than at home.
		const place = isInventory(file) ? file.path : stageOf(file, block);
		return [{ name: `${name} ${place}`, value: value!, file, line, block }];
	});
	return [...Map.groupBy(sides, ({ name }) => name)].flatMap(([name, all]) => {
		const [own] = name.split(" ");
		if (all.every(({ value }) => MAIL.test(value))) return [];
		return isOfEach(all)
			? [...Map.groupBy(all, programOf)].flatMap(([program, one]) =>
					program === undefined ? [] : disagreement(`${own!} of ${program}`, one, true),
				)
			: disagreement(own!, all, true);
	});
}

/** The service, the program or the unit that a setting is for: those of one name in several files are one. */
const programOf = ({ file, block }: Named): string | undefined =>
	/^(?:services\.|program:)([\w.-]+)$/.exec(block)?.[1] ?? /([^/]+)\.service$/.exec(file.path)?.[1];

/** Programs side by side, and those whose names differ in a part, have different ports by one name: each has its own. */
function isOfEach(all: readonly Named[]): boolean {
	const programs = new Map(all.flatMap((one) => [[programOf(one), one.value] as const]));
	programs.delete(undefined);
	const named = [...programs].map(([program, value]) => ({ words: serviceWordsOf(program!), value }));
	if (named.some((one) => named.some((other) => one.value !== other.value && !one.words.isDisjointFrom(other.words))))
		return true;
	const side = ({ file }: Named): string => file.path.replace(/[^/]+\.service$/, "");
	return [...Map.groupBy(all, side).values()].some((beside) => {
		const own = beside.filter((one) => programOf(one) !== undefined);
		return new Set(own.map(programOf)).size > 1 && new Set(own.map(({ value }) => value)).size > 1;
	});
}

/** Ports of mail relays: a desk has another one than the world. */
const MAIL = /^(?:25|465|587|1025|2525)$/;

/** A manifest of Kubernetes gives a container another command than its image has. */
const replacesCommand = ({ language, text }: SourceFile): boolean => language === "yaml" && /^kind:/m.test(text);

/** The same program, started twice. Twice in one file, it is meant so. */
function byTarget(tree: Tree): Found[] {
	const told = portsOf(tree).listeners.filter(
		({ sure, target, file }) =>
			sure && target !== undefined && !replacesCommand(file) && !/^(?:http\.server|pip|venv|pytest)$/.test(target),
	);
	const sides = told.map(({ target, port, file, line }) => ({
		name: `${target!} ${stageOf(file)}`,
		value: String(port),
		file,
		line,
	}));
	return [...Map.groupBy(sides, ({ name }) => name)].flatMap(([name, all]) => {
		const twice = [...Map.groupBy(all, ({ file }) => file.path).values()].some(
			(own) => new Set(own.map(({ value }) => value)).size > 1,
		);
		return twice ? [] : disagreement(`${name.split(" ")[0]!}`, all, true);
	});
}

function disagreement(what: string, all: readonly Side[], acrossFiles: boolean): Found[] {
	const values = new Set(all.map(({ value }) => value));
	if (values.size < 2 || (acrossFiles && new Set(all.map(({ file }) => file.path)).size < 2)) return [];
	const { odd, wanted, evidence } = weigh(unique(all));
	return [
		{
			message: `${what} has the ports ${[...values].join(" and ")}`,
			evidence,
			fix: {
				say: `write ${wanted} for ${odd.value} in ${listed([odd])}`,
				...editOf(odd.file, odd.line, odd.value, wanted),
			},
		},
	];
}

/** What the image declares and probes against what it starts. */
function inDockerfile(file: SourceFile): Found[] {
	const started = commandPorts(file);
	if (started.length !== 1 || standingOf(file.path) !== "live") return [];
	const { port, line } = started[0]!;
	const exposed = numbersOf(file, /^\s*EXPOSE\s+(.*)$/i, /\b(\d{2,5})\b/g);
	const probed = numbersOf(
		file,
		/(?:localhost|127\.0\.0\.1):\d|^\s*HEALTHCHECK/i,
		/(?:localhost|127\.0\.0\.1):(\d{2,5})/g,
	);
	const start: Side = { value: String(port), file, line, weight: 2 };
	const wrong = exposed.length > 0 && exposed.every((one) => one.value !== start.value) ? exposed : [];
	const lost = probed.filter(
		(one) => one.value !== start.value && !exposed.some(({ value }) => value === one.value && wrong.length === 0),
	);
	const others = unique([...wrong, ...lost]);
	return others.length === 0 ? [] : disagreement(`the image of ${file.path}`, [...others, start], false);
}

const inSupervised = (tree: Tree, file: SourceFile): Found[] =>
	standingOf(file.path) === "live" ? disagreement(`the image of ${file.path}`, supervisedSides(tree, file), false) : [];

/** A probe of a port that nothing else of the tree names, beside the one that the image declares and its code has. */
function unheard(tree: Tree, file: SourceFile): Found[] {
	if (standingOf(file.path) !== "live" || commandPorts(file).length > 0 || file.has(MANY)) return [];
	const exposed = unique(numbersOf(file, /^\s*EXPOSE\s+(.*)$/i, /\b(\d{2,5})\b/g));
	const [first] = exposed;
	if (first === undefined || exposed.length > 1 || file.has(/^\s*EXPOSE\s.*\$/im)) return [];
	const listens = tree.files
		.filter(isCode)
		.flatMap((one) => numbersOf(one, PORT, /(?<![\w.-]|[\w\]]:)(\d{2,5})(?![\w.])/g));
	const own = listens.find(({ value }) => value === first.value);
	const probed = unique(numbersOf(file, /(?:localhost|127\.0\.0\.1):\d/, /(?:localhost|127\.0\.0\.1):(\d{2,5})/g));
	const lost = probed.filter(
		({ value }) =>
			value !== first.value &&
			file.text.split(new RegExp(`(?<!\\d)${value}(?!\\d)`)).length === 2 &&
			!isNamedLive(tree, Number(value), file),
	);
	return own === undefined || lost.length === 0 || probed.some(({ value }) => value === first.value)
		? []
		: disagreement(`the image of ${file.path}`, [...lost, { ...first, weight: 1 }, { ...own, weight: 2 }], false);
}

const MANY = /supervisor|s6-|runit|pm2|concurrently|\bforego\b|\bhoncho\b/;
const PORT = /(?<!im|ex|re|sup)port\b|listen|addr/i;
const isCode = ({ path, language }: SourceFile): boolean =>
	standingOf(path) === "live" &&
	(/^(?:javascript|python)$/.test(language) || /\.(?:go|rs|rb|java|kt|cs|php)$/.test(path));
