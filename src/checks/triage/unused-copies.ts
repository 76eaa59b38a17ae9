import { posix } from "node:path";
import { copiesOf } from "../dockerfile/image-files.ts";
import { contextsOf } from "../dockerfile/contexts.ts";
import { dockerfilesOf, type DockerModel } from "../dockerfile/model.ts";
import { isAside } from "../tree/aside.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const SCRIPT = /\.(?:sh|bash|py|ps1|pl|rb|[cm]?js)$/;

export default {
	code: "TS312",
	scope: "static",
	severity: "note",
	question: "Is every script that an image copies by its name started by something?",
	why: "What nothing starts was replaced and forgotten, or its start was: either the image carries it for nothing, or something does not run.",
	example:
		"`COPY scripts/old_start.sh /usr/local/bin/` and no other line of the tree names old_start.sh: take the COPY out.",
	run(tree) {
		const models = dockerfilesOf(tree).filter(({ file }) => !isAside(file.path));
		return { looked: `${models.length} Dockerfiles`, findings: models.flatMap((model) => unused(tree, model)) };
	},
} satisfies StaticCheck;

function unused(tree: Tree, { file, stages }: DockerModel): Found[] {
	const contexts = contextsOf(tree, file.path) ?? [""];
	return stages.flatMap((stage) =>
		copiesOf(stage)
			.filter(({ from, step }) => from === undefined && stage.steps.includes(step))
			.flatMap(({ sources, step, to }) =>
				sources.flatMap((source): Found[] => {
					const path = contexts
						.map((context) => posix.join(context, source))
						.find((one) => tree.file(one) !== undefined);
					if (path === undefined || !SCRIPT.test(source) || /[*?$]/.test(source)) return [];
					const base = posix.basename(path);
					const target = to === undefined || to.endsWith("/") ? base : posix.basename(to);
					const names = [...new Set([base, target, base.replace(SCRIPT, "")])].filter((name) => name.length > 2);
					if (
						isNamed(tree, names, path, file.path, step.start, step.end) ||
						/^(?:__init__|conftest|setup|index|main|app|manage|sitecustomize|\w+\.config)\.\w+$/.test(base) ||
						/\/(?:docker-entrypoint\.d|docker-entrypoint-initdb\.d|cron\.\w+|init\.d|profile\.d|entrypoint\.d)(?:\/|$)/.test(
							to ?? "",
						)
					)
						return [];
					return [
						{
							message: `${file.path} copies ${source}, and nothing in the tree starts it`,
							evidence: [file.placeAt(step.start)],
							fix: { say: "start it, or take it out of the COPY" },
						},
					];
				}),
			),
	);
}

/** Whether a file names it, other than itself and the COPY. */
function isNamed(
	tree: Tree,
	names: readonly string[],
	own: string,
	dockerfile: string,
	start: number,
	end: number,
): boolean {
	return tree.files.some(({ path, text }) => {
		if (path === own) return false;
		const rest =
			path === dockerfile ? text.slice(0, start) + text.slice(end).replaceAll(/\bchmod\b[^\n;&|]*/g, "") : text;
		return names.some((name) => rest.includes(name));
	});
}
