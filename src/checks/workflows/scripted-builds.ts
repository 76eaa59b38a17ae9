import { posix } from "node:path";
import type { Tree } from "../tree/tree.ts";
import type { Build } from "./builds.ts";
import { folderOf } from "./builds.ts";
import type { Job } from "./model.ts";

/** A build by a script that a step starts, from the root of the checkout. */
export type ScriptedBuild = Pick<Build, "step" | "file" | "context">;

const BUILD = /\b(?:docker|podman)(?:[ \t]+buildx)?[ \t]+build\b|\bbuildah[ \t]+bud\b/;
const FILE =
	/(?:--file(?:=|[ \t]+)|(?<![\w-])-f[ \t]+)["']?(?:\.\/)?([\w./-]*Dockerfile[\w.-]*|[\w./-]+\.Dockerfile)(?![\w$])/g;
/** It goes to the root, or to where it lies, before it builds. */
const TO_ROOT = /\bcd[ \t]+["']?(?:\$\(dirname[^)]*\)\/\.\.|\$\(git[ \t]+rev-parse[ \t]+--show-toplevel\))/;

/** The Dockerfiles that scripts build which steps of a job start, where those name them. */
export const scriptedBuilds = (tree: Tree, job: Job): ScriptedBuild[] =>
	job.steps.flatMap((step) => {
		const run = step.run?.text ?? "";
		return [...run.matchAll(/(?<![\w$}/.-])(?:\.\/)?((?:[\w.-]+\/)*[\w.-]+\.(?:sh|bash))(?![\w./-])/g)].flatMap(
			([, path]) => {
				const script = tree.file(posix.join(folderOf(step), path!));
				if (script === undefined || !script.has(BUILD)) return [];
				const folder = folderOf(step) === "" || script.has(TO_ROOT) ? "" : undefined;
				const moves = script.has(/(?:^|[\s;&])cd[ \t]/m) && !script.has(TO_ROOT);
				return folder === undefined || moves
					? []
					: script.matches(FILE).map(([, file]) => ({ step, file: posix.normalize(file!), context: "" }));
			},
		);
	});
