import { posix } from "node:path";
import type { Tree } from "../tree/tree.ts";
import { isRequirementFile, requirementsOf } from "../python/requirements.ts";
import { chainOf, copiesOf, mayBring } from "./image-files.ts";
import { contextsOf } from "./contexts.ts";
import { installOf } from "./install.ts";
import { scriptOf, type DockerModel, type Stage } from "./model.ts";
import { baseOf } from "./reference.ts";

/** Whose image a stage stands on, as far as that says where its programs are. */
export type Family = "python" | "node" | "debian" | "cuda" | "alpine" | undefined;

/** The family of a stage's first base; undefined where its name says none, or is computed. */
export function familyOf(model: DockerModel, stage: Stage): Family {
	const { text, computed } = baseOf(model, chainOf(stage)[0]!);
	if (computed) return undefined;
	const name = /^(?:docker\.io\/)?(?:library\/)?([a-z0-9-]+)(?=[:@]|$)/.exec(text)?.[1];
	if (/^(?:docker\.io\/|nvcr\.io\/)?nvidia\/cuda[:@]/.test(text)) return "cuda";
	if (name === "python" || name === "node" || name === "alpine") return name;
	return name === "debian" || name === "ubuntu" ? "debian" : undefined;
}

/** Whether an instruction of the stage, or of those it stands on, may put a file at this absolute path. */
export function mayProvide(tree: Tree, model: DockerModel, stage: Stage, path: string): boolean {
	const contexts = contextsOf(tree, model.file.path) ?? [""];
	if (copiesOf(stage).some((copied) => mayBring(tree, contexts, copied, path))) return true;
	const folder = posix.dirname(posix.dirname(path));
	const base = posix.basename(path);
	// Where an application of its own stands, whatever names the folder may fill it.
	const own = !/^\/(?:usr(?:\/local)?)?$/.test(folder);
	return chainOf(stage).some(({ steps }) =>
		steps.some(
			({ keyword, rest }) =>
				keyword === "RUN" &&
				(own
					? new RegExp(`(?<![\\w./-])${RegExp.escape(folder)}(?![\\w-])`).test(rest)
					: new RegExp(
							`(?:\\bln\\b|>|\\bcp\\b|\\bmv\\b|\\binstall\\s+-[mDd]|alternatives)[^\\n;&]*${RegExp.escape(base)}|prefix=${RegExp.escape(folder)}|make\\s+(?:-\\S+\\s+)*(?:alt)?install`,
						).test(rest)),
		),
	);
}

/** Names of what apt and pip install in the stage and those it stands on, with what requirement files list. */
export function installedIn(tree: Tree, stage: Stage): { apt: Set<string>; pip: Set<string> } {
	const [apt, pip] = [new Set<string>(), new Set<string>()];
	for (const { steps } of chainOf(stage))
		for (const step of steps.filter(({ keyword }) => keyword === "RUN"))
			for (const command of scriptOf(step).commands) {
				const install = installOf(command);
				if (install?.tool === "apt") for (const word of install.rest) apt.add(word.replace(/[=:/].*$/, ""));
				if (install?.tool !== "pip") continue;
				for (const word of install.rest) pip.add(word.replace(/[[=<>~!;@ ].*$/, "").toLowerCase());
				for (const listed of listedIn(tree, install.rest)) pip.add(listed);
			}
	return { apt, pip };
}

function listedIn(tree: Tree, rest: readonly string[]): string[] {
	const names = rest.flatMap((word, at) =>
		rest[at - 1] === "-r" ? [posix.basename(word)] : /^-r(.+)/.exec(word)?.[1] ? [posix.basename(word)] : [],
	);
	return tree.files
		.filter(isRequirementFile)
		.flatMap((file) =>
			names.includes(posix.basename(file.path)) ? requirementsOf(file).all.map(({ key }) => key) : [],
		);
}
