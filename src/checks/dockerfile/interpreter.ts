import type { FilePlace } from "../triage-check.ts";
import { chainOf } from "./image-files.ts";
import { installOf } from "./install.ts";
import { scriptOf, type DockerModel, type Stage } from "./model.ts";
import { baseOf } from "./reference.ts";

/** The Python or Node that an image has, and where that is told. */
export interface Interpreter {
	/** `3.10` of Python, `18` of Node. */
	version: string;
	/** `python3 of Ubuntu 22.04` */
	from: string;
	/** The line to change first. */
	place: FilePlace;
	base: FilePlace;
}

type Tool = "node" | "python";
interface Release {
	name: string;
	python: string;
	node: string;
}

/** What `python3` and `nodejs` of a release are: packages.ubuntu.com, packages.debian.org, pkgs.alpinelinux.org, as of 2025. */
const RELEASES: readonly (readonly [RegExp, Release])[] = [
	[/ubuntu(?::|-?)20\.04|focal/, { name: "Ubuntu 20.04", python: "3.8", node: "10" }],
	[/ubuntu(?::|-?)22\.04|jammy/, { name: "Ubuntu 22.04", python: "3.10", node: "12" }],
	[/ubuntu(?::|-?)24\.04|noble/, { name: "Ubuntu 24.04", python: "3.12", node: "18" }],
	[/debian:(?:10|buster)|buster/, { name: "Debian 10", python: "3.7", node: "10" }],
	[/debian:11|bullseye/, { name: "Debian 11", python: "3.9", node: "12" }],
	[/debian:12|bookworm/, { name: "Debian 12", python: "3.11", node: "18" }],
	[/debian:13|trixie/, { name: "Debian 13", python: "3.13", node: "20" }],
	[/alpine:3\.17(?!\d)/, { name: "Alpine 3.17", python: "3.10", node: "18" }],
	[/alpine:3\.18(?!\d)/, { name: "Alpine 3.18", python: "3.11", node: "18" }],
	[/alpine:3\.19(?!\d)/, { name: "Alpine 3.19", python: "3.11", node: "20" }],
	[/alpine:3\.20(?!\d)/, { name: "Alpine 3.20", python: "3.12", node: "20" }],
	[/alpine:3\.2[12](?!\d)/, { name: "Alpine 3.21 or 3.22", python: "3.12", node: "22" }],
];

const PACKAGES: Readonly<Record<Tool, RegExp>> = {
	python: /^python3(?:-(?:venv|pip|dev|minimal|full))?$/,
	node: /^nodejs$/,
};
/** Another source of interpreters: an archive, a manager of versions, a compiler. */
const OTHERS: Readonly<Record<Tool, RegExp>> = {
	python:
		/\bpython3?\.\d|\bpyenv\b|\bconda\b|\bmamba\b|deadsnakes|\buv\s+(?:python|venv|sync)\b|astral\.sh|python-build-standalone|Python-3|update-alternatives/,
	node: /nodesource|nodejs\.org|\bnvm\b|\bfnm\b|\bvolta\b|\bn\s+\d|corepack\s+install|setup_\d+/,
};

/** The interpreter of a stage, by its base or by the package of the system; undefined where another one may be there. */
export function interpreterOf(model: DockerModel, stage: Stage, tool: Tool): Interpreter | undefined {
	const chain = chainOf(stage);
	const { text, computed } = baseOf(model, chain[0]!);
	const from = chain[0]!.from;
	if (computed) return undefined;
	const base = model.file.placeAt(from.restAt);
	const own = (tool === "python" ? /(?:^|\/)python:(\d+\.\d+)/ : /(?:^|\/)node:(\d+)/).exec(text)?.[1];
	if (own !== undefined) return { version: own, from: text.replace(/@.*$/, ""), place: base, base };
	const release = RELEASES.find(([pattern]) => pattern.test(text))?.[1];
	const steps = chain.flatMap((one) => one.steps);
	if (
		release === undefined ||
		!/(?:^|\/)(?:ubuntu|debian|alpine|cuda)[:@]/.test(text) ||
		steps.some(({ keyword, rest, flags }) => (keyword === "RUN" && OTHERS[tool].test(rest)) || flags.has("from"))
	)
		return undefined;
	for (const step of steps.filter(({ keyword }) => keyword === "RUN"))
		for (const command of scriptOf(step).commands) {
			const at = command.words.find((word) => PACKAGES[tool].test(word.text.replace(/=.*$/, "")));
			if (at !== undefined && installOf(command) !== undefined)
				return {
					version: release[tool],
					from: `${at.text} of ${release.name}`,
					place: model.file.placeAt(step.restAt + at.start),
					base,
				};
		}
	return undefined;
}
