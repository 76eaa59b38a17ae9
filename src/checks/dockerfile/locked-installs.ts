import { posix } from "node:path";
import { isFound } from "../tree/glob-found.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found } from "../triage-check.ts";
import { typed } from "../workflows/script.ts";
import { contextsOf } from "./contexts.ts";
import { globOf } from "./ignore-file.ts";
import { copiesOf } from "./image-files.ts";
import { scriptOf, type DockerModel } from "./model.ts";

/** Installs that end with an error without their lock file. */
export const INSTALLS: readonly (readonly [RegExp, readonly string[], string])[] = [
	[/^npm (?:-\S+ )*(?:ci|clean-install)\b/, ["package-lock.json", "npm-shrinkwrap.json"], "npm install"],
	[/^pnpm (?:-\S+ )*(?:install|i)\b.*\s--frozen-lockfile\b/, ["pnpm-lock.yaml"], "pnpm install"],
	[/^yarn(?: install)?\b.*\s--immutable\b/, ["yarn.lock"], "yarn install"],
	[/^uv sync\b.*\s--(?:locked|frozen)\b/, ["uv.lock"], "uv sync"],
	[/^pipenv (?:sync|install\b.*\s--deploy)\b/, ["Pipfile.lock"], "pipenv install"],
	[
		/^cargo (?:build|install|test|run|check)\b.*\s--(?:locked|frozen)\b/,
		["Cargo.lock"],
		"the command without --locked",
	],
];

export type Rule = (typeof INSTALLS)[number];

/** A path without `./` before it and `/` behind it; empty for the top. */
export const asFolder = (path: string): string => path.replace(/^\.\/|\/$/g, "").replace(/^\.$/, "");

export const foundFor = (message: string, place: FilePlace, say: string, more: readonly FilePlace[] = []): Found => ({
	message,
	evidence: [place, ...more],
	fix: { say },
});

/** The line of .gitignore that keeps a file out of the repository: of the file's folder, or of one above it. */
export function gitIgnoring(tree: Tree, folder: string, name: string): FilePlace | undefined {
	const parts = folder === "" ? [] : folder.split("/");
	return [...parts.keys(), parts.length].toReversed().flatMap((depth): FilePlace[] => {
		const file = tree.file(posix.join(...parts.slice(0, depth), ".gitignore"));
		const line = file?.lines.findLastIndex((text) => {
			const bare = text.trim();
			const path = bare.replace(/^\//, "");
			const at = path.includes("/") || path !== bare ? [...parts.slice(depth), name].join("/") : name;
			return /^[^#!]/.test(bare) && globOf(path).test(at);
		});
		return file === undefined || line === undefined || line === -1 ? [] : [file.place(line + 1)];
	})[0];
}

/** `RUN npm ci` where the tree has no lock, or none is copied. */
export function lockedImage(tree: Tree, model: DockerModel): Found[] {
	const contexts = contextsOf(tree, model.file.path);
	if (contexts === undefined) return [];
	return model.stages.flatMap((stage) =>
		stage.steps
			.filter(({ keyword, rest }) => keyword === "RUN" && !/--mount=type=bind/.test(rest))
			.flatMap((step) =>
				scriptOf(step).commands.flatMap((command): Found[] => {
					const rule = INSTALLS.find(([pattern]) => pattern.test(typed(command)));
					const copies = copiesOf(stage).filter((one) => one.step.start < step.start);
					if (rule === undefined || /--mount=type=bind/.test(step.args) || copies.length === 0) return [];
					// What another stage or a computed path brings is not known here.
					if (copies.some(({ from, sources }) => from !== undefined || sources.some((one) => /[$]|^[a-z]+:/.test(one))))
						return [];
					const has = copies.some(({ sources }) => sources.some((source) => brings(tree, contexts, source, rule[1])));
					const text = scriptOf(step).commands.slice(0, scriptOf(step).commands.indexOf(command)).map(typed).join("\n");
					if (has || /git clone|curl|wget|tar\b/.test(text) || text.includes(rule[2])) return [];
					const place = model.file.placeAt(step.restAt + command.words[0]!.start);
					const there = tree.paths.find(
						(path) => rule[1].includes(posix.basename(path)) && contexts.some((one) => path.startsWith(one)),
					);
					const ignoring = contexts
						.map((one) => gitIgnoring(tree, asFolder(one), rule[1][0]!))
						.find((one) => one !== undefined);
					return [
						foundFor(
							`${model.file.path} installs by ${rule[1][0]!}, which ${there === undefined ? "is not in the tree" : "no COPY above brings"}`,
							place,
							there === undefined && ignoring !== undefined
								? `take ${ignoring.text.trim()} out of ${ignoring.path}, and keep ${rule[1][0]!} in the repository`
								: there === undefined
									? `keep ${rule[1][0]!} in the repository, or write ${rule[2]}`
									: `copy ${there} before it`,
							there === undefined && ignoring !== undefined ? [ignoring] : [],
						),
					];
				}),
			),
	);
}

const brings = (tree: Tree, contexts: readonly string[], source: string, locks: readonly string[]): boolean =>
	contexts.some((context) => {
		const path = asFolder(posix.join(context, source));
		if (/[*?]/.test(path)) return locks.some((lock) => isFound(tree, path) && globHits(tree, path, lock));
		return locks.some(
			(lock) =>
				posix.basename(path) === lock ||
				tree.has(posix.join(path, lock)) ||
				tree.paths.some((one) => one.startsWith(path === "" ? "" : `${path}/`) && one.endsWith(`/${lock}`)),
		);
	});

const globHits = (tree: Tree, pattern: string, lock: string): boolean => {
	const name = new RegExp(
		`^${posix
			.basename(pattern)
			.split("*")
			.map((part) => RegExp.escape(part))
			.join(".*")}$`,
	);
	return name.test(lock) && tree.has(posix.join(posix.dirname(pattern), lock));
};
