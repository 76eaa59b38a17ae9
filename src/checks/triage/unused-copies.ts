import { posix } from "node:path";
import { copiesOf } from "../dockerfile/image-files.ts";
import { contextsOf } from "../dockerfile/contexts.ts";
import { dockerfilesOf, type DockerModel } from "../dockerfile/model.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
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
					const claims = claimsOf(tree, [base, target]);
					if (
						isGlobbed(tree, to) ||
						isNamed(tree, names, path, file.path, step.start, step.end, claims) ||
						/^(?:__init__|conftest|setup|index|main|app|manage|sitecustomize|\w+\.config)\.\w+$/.test(base) ||
						/\/(?:docker-entrypoint\.d|docker-entrypoint-initdb\.d|cron\.\w+|init\.d|profile\.d|entrypoint\.d)(?:\/|$)/.test(
							to ?? "",
						)
					)
						return [];
					return [
						{
							message: `${file.path} copies ${source}, and nothing in the tree starts it${claims.length > 0 ? `, though ${claims[0]!.file.path} says that it runs` : ""}`,
							evidence: [file.placeAt(step.start), ...claims.map((one) => one.file.place(one.line))],
							fix: { say: "start it, or take it out of the COPY" },
							...(claims.length > 0 ? { severity: "warning" as const } : {}),
						},
					];
				}),
			),
	);
}

/** A line of a document that tells of a start by the image itself. */
interface Claim {
	file: SourceFile;
	line: number;
}

const BY_ITSELF =
	/\b(?:container|image) (?:starts|boots|begins) with\b|\b(?:entry ?point|start-?up|(?:at|on|before) (?:the )?(?:start|boot)|container|image|hooks?|supervisor|cron)\b[^.|]*\b(?:runs?|calls?|executes?|starts?|invokes?|launches)\b|\b(?:runs|is run|is called|is executed|is started|starts) (?:\w+ ){0,2}(?:at|on|by|before|in) (?:the |each |every )?(?:[\w']+ )?(?:start|boot|entry ?point|container|image|supervisor|cron)/i;

/** Where every line of the documents that names it says that it is started without a person. */
function claimsOf(tree: Tree, names: readonly string[]): Claim[] {
	const told = tree
		.in("markdown")
		.filter(
			({ path, text }) => /^(?:docs|history)$/.test(standingOf(path)) && names.some((name) => text.includes(name)),
		)
		.flatMap((file) =>
			file.lines.flatMap((text, at) => (names.some((name) => text.includes(name)) ? [{ file, line: at + 1 }] : [])),
		);
	const said = told.filter(({ file, line }) => !isBareMention(file.lines[line - 1]!));
	return said.every(({ file, line }) => isClaim(file.lines, line - 1)) ? said : [];
}

/** A list of changed files, a check of the script's syntax. */
const isBareMention = (line: string): boolean =>
	/^\s*(?:[-*]|\d+\.)\s+`[\w./-]+`\s*(?:\((?:new|changed|moved|added)\))?\s*$|`(?:(?:ba|da)?sh -n|shellcheck)\s/.test(
		line,
	);

/** In prose, with the line before and the one behind; no command that a person types. */
const isClaim = (lines: readonly string[], at: number): boolean =>
	!/^\s*(?:\$|\||sh |bash |docker |\.\/)|docker exec|`(?:(?:docker|sh|bash|ssh)\s|\.\/)/.test(lines[at]!) &&
	lines.slice(0, at).filter((text) => /^\s*```/.test(text)).length % 2 === 0 &&
	BY_ITSELF.test([lines[at - 1]?.trim() === "" ? "" : lines[at - 1], lines[at], lines[at + 1]].join(" "));

/** `for hook in /opt/hooks/*.sh`, `run-parts /opt/hooks` */
function isGlobbed(tree: Tree, to: string | undefined): boolean {
	const folder = to === undefined ? "" : to.endsWith("/") ? to.slice(0, -1) : posix.dirname(to);
	if (!/^\/\w+\/[\w./-]+$/.test(folder)) return false;
	const all = new RegExp(
		`${RegExp.escape(folder)}["']?/["']?[*$]|\\b(?:run-parts|find|ls|in)\\b[^\\n;|&]*${RegExp.escape(folder)}/?(?![\\w/-])`,
	);
	return tree.files.some(
		({ text }) => text.includes(folder) && all.test(text.replaceAll(/\b(?:chmod|chown)\b[^\n;&|]*/g, "")),
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
	claims: readonly Claim[],
): boolean {
	return tree.files.some(({ path, text, language }) => {
		const isTold = claims.length > 0 && language === "markdown" && /^(?:docs|history)$/.test(standingOf(path));
		if (path === own || isTold) return false;
		const rest =
			path === dockerfile ? text.slice(0, start) + text.slice(end).replaceAll(/\bchmod\b[^\n;&|]*/g, "") : text;
		return names.some((name) => rest.includes(name));
	});
}
