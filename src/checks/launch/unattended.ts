import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { stepsOf } from "../workflows/model.ts";
import { launchesOf } from "./launches.ts";
import { resolveScript } from "./resolve.ts";

/** A script that runs where nobody can answer, and what starts it there. */
export interface Unattended {
	file: SourceFile;
	/** Undefined: its name says it. */
	by: { file: SourceFile; line: number } | undefined;
	/** In an image, by a supervisor, at boot; otherwise only on a runner of CI, which answers apt by itself. */
	bare: boolean;
}

/** Platforms start these when a machine or a container comes up. */
const AT_BOOT = /(?:^|\/)(?:on-?start|(?:docker-)?entrypoint|user-?data|cloud-init)[\w.-]*$/i;

/** The shell scripts of a tree that an image, a supervisor, a boot or CI runs, and those that they call. */
export function unattendedIn(tree: Tree): Unattended[] {
	const launches = launchesOf(tree).filter(({ kind }) => kind === "script");
	const found = new Map<SourceFile, Unattended>();
	const add = (file: SourceFile | undefined, by: Unattended["by"], bare: boolean): void => {
		if (file?.language !== "shell" || found.get(file)?.bare || (found.has(file) && !bare)) return;
		found.set(file, { file, by, bare });
		for (const one of launches)
			if (one.file === file && one.by === "shell")
				for (const called of filesOf(tree, one)) add(called, { file, line: one.line }, bare);
	};
	for (const one of launches)
		if (/^(?:dockerfile|supervisor|systemd|compose)$/.test(one.by))
			for (const file of filesOf(tree, one)) add(file, one, true);
	for (const file of tree.in("shell")) if (AT_BOOT.test(file.path)) add(file, undefined, true);
	for (const { run } of stepsOf(tree))
		for (const [path] of (run?.text ?? "").matchAll(/(?<![\w./-])(?:\.\/)?[\w./-]+\.(?:sh|bash)\b/g))
			add(tree.file(path.replace(/^\.\//, "")), run && { file: run.file, line: run.line }, false);
	return [...found.values()];
}

function filesOf(tree: Tree, launch: Parameters<typeof resolveScript>[1]): SourceFile[] {
	const found = resolveScript(tree, launch);
	return found !== undefined && "files" in found ? found.files : [];
}
