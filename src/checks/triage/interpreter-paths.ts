import { posix } from "node:path";
import { familyOf, installedIn, mayProvide, type Family } from "../dockerfile/provides.ts";
import { dockerfilesOf, execForm, scriptOf, type DockerModel, type Stage } from "../dockerfile/model.ts";
import { parseShell } from "../shell/lexer.ts";
import { programsOf, supervisorFilesOf } from "../supervisor/programs.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

const INTERPRETER =
	/^\/\S*\/(?:python[\d.]*|pip[\d.]*|node|npm|npx|uvicorn|gunicorn|hypercorn|celery|flask|supervisord|supervisorctl|temporal|streamlit|pnpm|yarn|bun|deno)$/;

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
	const family = familyOf(model, stage);
	const installed = installedIn(tree, stage);
	return startsOf(tree, model, stage).flatMap(({ path, place }): Found[] => {
		if (mayProvide(tree, model, stage, path)) return [];
		const real = family === undefined ? undefined : realPath(family, posix.basename(path), installed, model);
		if (family === undefined || real === undefined || real === path) return [];
		const system = /^\/usr\/(?:local\/)?bin\/|^\/bin\//.test(path);
		return [
			{
				message: `${place.path} starts ${path}, which no instruction of ${model.file.path} provides${system ? `: on this base it is ${real}` : ""}`,
				evidence: [place, model.file.placeAt(stage.from.start)],
				fix: { say: `write ${posix.basename(path)}, which is found on PATH, or ${real}` },
			},
		];
	});
}

/** Absolute interpreters of CMD, ENTRYPOINT and the supervisor files that a Dockerfile copies. */
function startsOf(tree: Tree, model: DockerModel, stage: Stage): { path: string; place: FilePlace }[] {
	const own = stage.steps
		.filter(({ keyword }) => keyword === "CMD" || keyword === "ENTRYPOINT" || keyword === "HEALTHCHECK")
		.flatMap((step) => {
			const exec = execForm({ rest: step.rest.replace(/^CMD\s+/i, "") });
			const words = exec ?? scriptOf(step).commands.flatMap(({ words: [first] }) => first?.text ?? []);
			return words
				.filter((word) => INTERPRETER.test(word))
				.map((path) => ({ path, place: model.file.placeAt(step.start) }));
		});
	const copied = supervisorFilesOf(tree).filter(({ file }) =>
		model.steps.some(({ keyword, rest }) => keyword === "COPY" && rest.includes(posix.basename(file.path))),
	);
	const supervised = copied.flatMap((ini) =>
		programsOf(ini).flatMap(({ command }) =>
			command === undefined
				? []
				: parseShell(command.value).commands.flatMap(({ words: [first] }) =>
						first !== undefined && INTERPRETER.test(first.text)
							? [{ path: first.text, place: ini.file.place(command.line) }]
							: [],
					),
		),
	);
	return [...own, ...supervised];
}

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
