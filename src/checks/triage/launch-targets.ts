import { posix } from "node:path";
import { heldElsewhere } from "../launch/held-elsewhere.ts";
import { launchesOf, type Launch } from "../launch/launches.ts";
import { resolveScript } from "../launch/resolve.ts";
import { editOf } from "../facts/found.ts";
import { isBrought } from "../python/distributions.ts";
import { declaredFor } from "../python/declared.ts";
import { bindsName } from "../python/imports.ts";
import { endsSomewhere, isLocal, moduleFile } from "../python/modules.ts";
import { isStandard } from "../python/standard-library.ts";
import { isSample, isTest } from "../tree/aside.ts";
import { mayBeMade } from "../tree/generated.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** Modules that are programs of a distribution and seldom declared where they are run. */
const TOOLS =
	/^(?:pip|venv|virtualenv|pytest|build|twine|black|ruff|mypy|flake8|isort|coverage|pylint|tox|nox|pre_commit|ensurepip|torch\.distributed|accelerate|ipykernel|jupyter|notebook|supervisor|uv|poetry|pipx|wheel|cibuildwheel)\b/;

export default {
	code: "TS320",
	scope: "static",
	severity: "error",
	question: "Is everything that a supervisor, an image or a script starts in the tree?",
	why: "A start of a file or module that is not there fails at boot, again and again: the supervisor gives up, the container restarts, the scheduled task reports success.",
	example: "`command=python3 -m src.backend.worker` and the tree has src/worker/main.py: name that module.",
	run(tree) {
		const launches = launchesOf(tree).filter(
			({ by, file }) => by !== "workflow" && !isTest(file.path) && !isSample(file.path),
		);
		const published = launches.filter((launch) => launch.by === "npm" && isPublished(tree, launch, launches));
		const findings = launches
			.filter((launch) => !published.includes(launch))
			.flatMap((launch) => (launch.kind === "script" ? missingScript(tree, launch) : missingModule(tree, launch)));
		const unique = new Map(findings.map((one) => [`${one.message}\n${JSON.stringify(one.evidence[0])}`, one]));
		return { looked: `${launches.length} starts`, findings: [...unique.values()] };
	},
} satisfies StaticCheck;

/** A package as npm serves it: its scripts name files that are not served, every one of them. */
const isPublished = (tree: Tree, { file }: Launch, launches: readonly Launch[]): boolean =>
	file.has(/"files"\s*:/) &&
	!launches.some((one) => one.file === file && one.kind === "script" && "files" in (resolveScript(tree, one) ?? {}));

function missingScript(tree: Tree, launch: Launch): Found[] {
	// A script may be anywhere when a shell has gone there: only a path with a folder says where.
	const loose =
		launch.by === "shell" ||
		launch.by === "remote" ||
		launch.by === "make" ||
		(launch.by === "dockerfile" && launch.image!.step.keyword === "RUN");
	if (loose && (!/\/|^\w[\w.-]*\.(?:py|sh)$/.test(launch.name) || !/\.\w+$/.test(launch.name))) return [];
	if (launch.loose && !tree.has(posix.dirname(launch.name))) return [];
	const held = heldElsewhere(tree, launch);
	if (held !== undefined && !(loose && writes(launch))) return [atOtherPath(launch, held)];
	const found = resolveScript(tree, launch);
	if (found === undefined || "files" in found) return [];
	if (loose && (writes(launch) || !isTold(tree, launch))) return [];
	if (launch.placed) {
		const isOfTree = found.moved !== undefined || tree.has(posix.dirname(launch.name));
		if (!isOfTree || isNamedElsewhere(tree, launch)) return [];
	}
	return [
		{
			message: `${launch.file.path} starts ${launch.name}, and the tree has no ${found.missing}`,
			evidence: [launch.file.place(launch.line)],
			fix: {
				say:
					found.moved === undefined
						? `bring ${found.missing} back, or take the start out`
						: `start ${found.moved}, which has that name`,
			},
		},
	];
}

const atOtherPath = ({ file, line, name }: Launch, held: string): Found => ({
	message: `${file.path} starts ${name}, and the image has that file as ${held}`,
	evidence: [file.place(line)],
	fix: { say: `start ${held}`, ...editOf(file, line, name, held) },
});

/** Another file that runs names the same place: it may bring the file there. */
const isNamedElsewhere = (tree: Tree, { name, file }: Launch): boolean => {
	const [slashed, backslashed] = [name.toLowerCase(), name.replaceAll("/", "\\").toLowerCase()];
	return tree.files.some(
		(one) =>
			one !== file &&
			one.language !== "markdown" &&
			[slashed, backslashed].some((way) => one.text.toLowerCase().includes(way)),
	);
};

/** Whether it is known where a shell looks: the path's folder is one of the tree's, or the script goes nowhere else. */
function isTold(tree: Tree, { name, file, by, line }: Launch): boolean {
	// Each line of a rule runs in the folder of its Makefile.
	if (by === "make" && !file.path.includes("/")) return !/\b(?:cd|pushd)\b|-C\s/.test(file.lines[line - 1] ?? "");
	const folder = posix.dirname(name.replace(/^(?:\.{0,2}\/)+/, ""));
	return folder === "." ? !file.has(/\b(?:cd|pushd)\b|-C\s/) : tree.has(folder);
}

/** Whether the script itself makes the file before, asks whether it is there, or brings it from elsewhere. */
function writes({ file, line, name }: Launch): boolean {
	const bare = name.slice(name.lastIndexOf("/") + 1);
	const base = RegExp.escape(bare);
	const isOnce = file.text.indexOf(bare) === file.text.lastIndexOf(bare);
	if (base.length > 300) return true; // no file has such a name
	return new RegExp(
		`(?:>\\s*|\\b(?:curl|wget|tee|cp|mv|git|tar|unzip|touch|install|scp|rsync)\\b[^\\n]*|-[efrxs]\\s+)["']?[^\\s"']*${base}`,
	).test(isOnce ? (file.lines[line - 1] ?? "") : file.text);
}

function missingModule(tree: Tree, launch: Launch): Found[] {
	const { name, attribute, file } = launch;
	const top = name.split(".")[0]!;
	const more = launch.folder === undefined ? [] : [launch.folder.replace(/^\.?\/(?:app|workspace|code|srv)?\/?/, "")];
	const path = name.replaceAll(".", "/");
	const said = { evidence: [file.place(launch.line)] as const };
	const start = attribute === undefined ? `-m ${name}` : `${name}:${attribute}`;
	const source =
		moduleFile(tree, name, file.path, more) ?? (endsSomewhere(tree, path) ? tree.file(`${path}.py`) : undefined);
	if (source !== undefined) {
		if (attribute === undefined || bindsName(source, attribute)) return [];
		const message = `${file.path} starts ${start}, and ${source.path} binds no \`${attribute}\` when it is imported`;
		const factory = /^(?:async )?def ((?:create|make|build|get|new)_\w*app\w*)\(/m.exec(source.text)?.[1];
		const other =
			(/^\w*[a-z]_\w*$/.test(attribute) ? factory : undefined) ??
			/^(\w+)\s*(?::[^=\n]+)?=\s*(?:\w+\.)*(?:FastAPI|Flask|Starlette|Sanic|Quart|Litestar|Application|get_asgi_application)\(/m.exec(
				source.text,
			)?.[1];
		const say =
			other !== undefined
				? `start ${name}:${other}`
				: factory === undefined
					? `define ${attribute} in ${source.path}`
					: `start ${name}:${factory}, which makes one (uvicorn: --factory), or define ${attribute}`;
		return [
			{
				message,
				evidence: [file.place(launch.line), source.place(1)],
				fix: { say },
			},
		];
	}
	if (endsSomewhere(tree, path) || mayBeMade(tree, `${path}.py`)) return [];
	const local = isLocal(tree, top, file.path) || endsSomewhere(tree, top);
	if (!local && (launch.by === "python" || !isForeign(tree, launch, top))) return [];
	const last = path.split("/").at(-1)!;
	const moved = tree.files.find((one) => one.path.endsWith(`/${last}.py`) || one.path === `${last}.py`)?.path;
	return [
		{
			message: `${file.path} starts ${start}, and the tree has no module ${name}`,
			...said,
			fix: {
				say:
					moved === undefined
						? `name a module of the tree, or bring ${path}.py back`
						: `name the module of ${moved}, if that is the one`,
			},
		},
	];
}

/** Whether a module that is not of the tree is of nobody: no standard module, none of a distribution that is installed. */
function isForeign(tree: Tree, { name, file, kind }: Launch, top: string): boolean {
	if (isStandard(top) || TOOLS.test(name) || !tree.files.some(({ language }) => language === "python")) return false;
	if (kind === "module" && !name.includes(".")) return false;
	const { manifests, names } = declaredFor(tree, file.path);
	return manifests.length > 0 && !isBrought(top, names);
}
