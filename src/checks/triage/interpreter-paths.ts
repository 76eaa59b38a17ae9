import { posix } from "node:path";
import { familyOf, installedIn, mayProvide, type Family } from "../dockerfile/provides.ts";
import { absoluteIn, copiedBy, environmentsOf, isEnvironment, onPath, scriptsIn } from "../dockerfile/environments.ts";
import { chainOf, copiesOf } from "../dockerfile/image-files.ts";
import { dockerfilesOf, execForm, scriptOf, type DockerModel, type Stage } from "../dockerfile/model.ts";
import { ownBaseOf } from "../dockerfile/own-base.ts";
import { parseShell } from "../shell/lexer.ts";
import { programsOf, supervisorFilesOf } from "../supervisor/programs.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

const INTERPRETER =
	/^\/\S*\/(?:python[\d.]*|pip[\d.]*|node|npm|npx|uvicorn|gunicorn|hypercorn|celery|flask|supervisord|supervisorctl|temporal|streamlit|pnpm|yarn|bun|deno)$/;

/** `/opt/venv/bin/alembic` */
const isProgramOfOne = (path: string): boolean =>
	/^\/[\w./-]*\/bin\/[\w.-]+$/.test(path) && isEnvironment(posix.dirname(posix.dirname(path)));

export default {
	code: "TS311",
	scope: "static",
	severity: "error",
	question: "Is every interpreter where the image's start says it is?",
	why: "A path that was right on another base is `no such file or directory` on this one: the container exits at once.",
	example:
		'`CMD ["/usr/bin/python3", "app.py"]` on python:3.12-slim, whose Python is /usr/local/bin/python3: write python3.',
	run(tree) {
		const models = dockerfilesOf(tree);
		const findings = models.flatMap((model) => model.stages.slice(-1).flatMap((stage) => inImage(tree, model, stage)));
		return { looked: `${models.length} Dockerfiles`, findings };
	},
} satisfies StaticCheck;

function inImage(tree: Tree, model: DockerModel, stage: Stage): Found[] {
	const base = familyOf(model, stage) === undefined ? ownBaseOf(tree, model, stage) : undefined;
	const family = base === undefined ? familyOf(model, stage) : familyOf(base.model, base.stage);
	const installed = installedIn(tree, stage);
	const found = [...startsOf(tree, model, stage), ...startsInScripts(tree, model, stage)].flatMap(
		({ path, place }): Found[] => {
			const layers = [{ model, stage }, ...(base === undefined ? [] : [base])];
			if (layers.some((one) => mayProvide(tree, one.model, one.stage, path) || isNamed(one.stage, folderOf(path))))
				return [];
			const other = family === undefined ? undefined : otherEnvironment(tree, layers, path);
			if (other !== undefined) return [inOther(path, place, other)];
			const real =
				base !== undefined || family === undefined || !INTERPRETER.test(path)
					? undefined
					: realPath(family, posix.basename(path), installed, model);
			if (real === undefined || real === path) return [];
			const system = /^\/usr\/(?:local\/)?bin\/|^\/bin\//.test(path);
			return [
				{
					message: `${place.path} starts ${path}, which no instruction of ${model.file.path} provides${system ? `: on this base it is ${real}` : ""}`,
					evidence: [place, model.file.placeAt(stage.from.start)],
					fix: { say: `write ${posix.basename(path)}, which is found on PATH, or ${real}` },
				},
			];
		},
	);
	return [...new Map(found.map((one) => [JSON.stringify([one.message, one.evidence[0]]), one])).values()];
}

/** Whether a variable of the image holds a folder: an instruction may make it by that name. */
function isNamed(stage: Stage, folder: string): boolean {
	const set = new RegExp(`=["']?${RegExp.escape(folder)}["']?(?:\\s|$)`);
	return chainOf(stage).some(({ steps }) =>
		steps.some(({ keyword, rest }) => /^(?:ENV|ARG|VOLUME)$/.test(keyword) && set.test(rest)),
	);
}

const folderOf = (path: string): string => posix.dirname(posix.dirname(path));
const CONDA = /\/(?:(?:mini|ana)?conda\d?|mini(?:forge|mamba)\d?|mambaforge)$/i;

/** The virtual environment that the image has instead of the one that a path lies in, or of a distribution's Python. */
function otherEnvironment(tree: Tree, layers: readonly { model: DockerModel; stage: Stage }[], path: string) {
	const folder = folderOf(path);
	const others = environmentsOf(tree).filter(
		(one) => one.folder !== folder && layers.some(({ model }) => one.place.path === model.file.path),
	);
	if (/^\/(?:usr(?:\/local)?)?$/.test(folder)) return undefined;
	const conda =
		CONDA.test(folder) &&
		!layers.some(({ stage }) =>
			chainOf(stage).some(({ base, steps }) =>
				/conda|mamba|miniforge|pytorch|jupyter/i.test([base, ...steps.map(({ rest }) => rest)].join("\n")),
			),
		);
	return conda || isEnvironment(folder) ? others[0] : undefined;
}

function inOther(path: string, place: FilePlace, other: { folder: string; place: FilePlace }): Found {
	const folder = folderOf(path);
	const what = /\bPATH\b/.test(place.text) ? `has ${folder}/bin on its PATH` : `starts ${path}`;
	return {
		message: `${place.path} ${what}, and the virtual environment of ${other.place.path} is ${other.folder}`,
		evidence: [place, other.place],
		fix: {
			say: `write ${posix.join(other.folder, "bin", /\bPATH\b/.test(place.text) ? "" : posix.basename(path))}`,
			...editText(place, folder, other.folder),
		},
	};
}

const editText = ({ path, line, text }: FilePlace, from: string, to: string): Pick<Found["fix"], "edit"> => {
	const parts = text.split(`${from}/`);
	return parts.length === 2 ? { edit: { path, line, before: text, after: parts.join(`${to}/`) } } : {};
};

/** Absolute programs of the scripts that the image holds, and environments on its PATH. */
const startsInScripts = (tree: Tree, model: DockerModel, stage: Stage): { path: string; place: FilePlace }[] => [
	...onPath(model, stage),
	...scriptsIn(tree, model, stage)
		.flatMap(absoluteIn)
		.filter(({ path }) => INTERPRETER.test(path) || isEnvironment(posix.dirname(posix.dirname(path)))),
];

/** Absolute interpreters of CMD, ENTRYPOINT and the supervisor files that a Dockerfile copies. */
function startsOf(tree: Tree, model: DockerModel, stage: Stage): { path: string; place: FilePlace }[] {
	const own = stage.steps
		.filter(({ keyword }) => keyword === "CMD" || keyword === "ENTRYPOINT" || keyword === "HEALTHCHECK")
		.flatMap((step) => {
			const exec = execForm({ rest: step.rest.replace(/^CMD\s+/i, "") });
			const words = exec ?? scriptOf(step).commands.flatMap(({ words: [first] }) => first?.text ?? []);
			return words
				.filter((word) => INTERPRETER.test(word) || isProgramOfOne(word))
				.map((path) => ({ path, place: model.file.placeAt(step.start) }));
		});
	// The whole tree has the files of every image.
	const whole = copiesOf(stage).some(({ sources }) => sources.some((source) => /^(?:\.|\*|)$/.test(source)));
	const brings = !whole && supervises(tree, model, stage) ? copiedBy(tree, model, stage) : () => false;
	const copied = supervisorFilesOf(tree).filter(
		({ file }) =>
			brings(file.path) ||
			model.steps.some(({ keyword, rest }) => keyword === "COPY" && rest.includes(posix.basename(file.path))),
	);
	const supervised = copied.flatMap((ini) =>
		programsOf(ini).flatMap(({ command }) =>
			command === undefined
				? []
				: parseShell(command.value).commands.flatMap(({ words: [first] }) =>
						first !== undefined && (INTERPRETER.test(first.text) || isProgramOfOne(first.text))
							? [{ path: first.text, place: ini.file.place(command.line) }]
							: [],
					),
		),
	);
	return [...own, ...supervised];
}

/** Whether the image's start, or a script that it holds, starts supervisor. */
const supervises = (tree: Tree, model: DockerModel, stage: Stage): boolean =>
	stage.steps.some(({ keyword, rest }) => /^(?:CMD|ENTRYPOINT)$/.test(keyword) && rest.includes("supervisord")) ||
	scriptsIn(tree, model, stage).some(({ text }) => /^[^#\n]*\bsupervisord\b/m.test(text));

/** Where the base, apt or pip put a program; undefined when it is not known. */
function realPath(
	family: NonNullable<Family>,
	program: string,
	{ apt, pip }: { apt: Set<string>; pip: Set<string> },
	model: DockerModel,
): string | undefined {
	// A second Python or Node changes what is known.
	const mixed = model.stages.some(({ steps }) =>
		steps.some(({ rest }) => /\bconda\b|deadsnakes|\bpyenv\b|\bnvm\b|\buv\s+python\b|nodesource|n\s+\d/.test(rest)),
	);
	if (mixed) return undefined;
	const aptPython = [...apt].some((name) => /^python3?(?:\.\d+)?(?:-(?:pip|venv|dev|full|minimal|\w+))?$/.test(name));
	if (/^python[\d.]*$|^pip[\d.]*$/.test(program)) {
		if (family === "python") return aptPython ? undefined : `/usr/local/bin/${program}`;
		return (family === "debian" || family === "cuda") && aptPython ? `/usr/bin/${program}` : undefined;
	}
	if (/^(?:node|npm|npx)$/.test(program)) {
		if (family === "node") return apt.has("nodejs") ? undefined : `/usr/local/bin/${program}`;
		return apt.has("nodejs") ? `/usr/bin/${program}` : undefined;
	}
	if (program.startsWith("supervisor")) {
		if (apt.has("supervisor")) return pip.has("supervisor") ? undefined : `/usr/bin/${program}`;
		return pip.has("supervisor") ? `/usr/local/bin/${program}` : undefined;
	}
	return pip.has(program) && !apt.has(program) ? `/usr/local/bin/${program}` : undefined;
}
