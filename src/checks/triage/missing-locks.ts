import { posix } from "node:path";
import { asFolder, foundFor, gitIgnoring, INSTALLS, lockedImage, type Rule } from "../dockerfile/locked-installs.ts";
import { dockerfilesOf } from "../dockerfile/model.ts";
import { isAside } from "../tree/aside.ts";
import { isFound } from "../tree/glob-found.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";
import { workspaceOf } from "../workflows/created.ts";
import { foldersOf } from "../workflows/folders.ts";
import { counted, readableSteps, type Step } from "../workflows/model.ts";
import { plainScriptOf, typed } from "../workflows/script.ts";

/** Action and value of `cache` → files of which one must be there, at the root or, after a star, anywhere. */
const CACHES: readonly (readonly [RegExp, string, readonly string[]])[] = [
	[/^actions\/setup-node@/, "npm", ["package-lock.json", "npm-shrinkwrap.json", "yarn.lock"]],
	[/^actions\/setup-node@/, "yarn", ["yarn.lock"]],
	[/^actions\/setup-node@/, "pnpm", ["pnpm-lock.yaml"]],
	[/^actions\/setup-python@/, "pip", ["**/requirements.txt", "**/pyproject.toml"]],
	[/^actions\/setup-python@/, "pipenv", ["**/Pipfile.lock"]],
	[/^actions\/setup-python@/, "poetry", ["**/poetry.lock"]],
	[/^actions\/setup-java@/, "maven", ["**/pom.xml"]],
	[
		/^actions\/setup-java@/,
		"gradle",
		["**/*.gradle*", "**/gradle-wrapper.properties", "buildSrc/**/Versions.kt", "gradle/*.versions.toml"],
	],
	[/^actions\/setup-dotnet@/, "true", ["packages.lock.json"]],
];

export default {
	code: "TS392",
	scope: "static",
	severity: "error",
	question: "Is the lock file there that a cache of CI or a locked install asks for?",
	why: "The step ends with `Dependencies lock file is not found`, before anything is built or tested.",
	example:
		"`cache: npm` in actions/setup-node, or `npm ci`, where no package-lock.json is in the repository: keep one, or take `cache` out.",
	run(tree) {
		const images = dockerfilesOf(tree).filter(({ file }) => !isAside(file.path));
		return {
			looked: `${counted(tree)}, ${images.length} Dockerfiles`,
			findings: [
				...readableSteps(tree).flatMap((step) => [...cache(step, tree), ...installs(step, tree)]),
				...images.flatMap((model) => lockedImage(tree, model)),
			],
		};
	},
} satisfies StaticCheck;

function cache(step: Step, tree: Tree): Found[] {
	const [part, paths, action] = [step.with.get("cache"), step.with.get("cache-dependency-path"), step.uses?.text ?? ""];
	const rule = CACHES.find(([pattern, value]) => pattern.test(action) && part?.text === value);
	const space = workspaceOf(step.job, step.index);
	if (rule === undefined || !space.checkedOut || space.unknown || step.part.get("if") !== undefined) return [];
	const [, value, defaults] = rule;
	if (paths !== undefined) {
		const given = paths
			.text!.split(/[\n,]/)
			.map((one) => one.trim())
			.filter((one) => one !== "");
		// A path without a star is told with the other files that a workflow names.
		if (given.some((one) => /[$]|^!/.test(one) || !/[*?{]/.test(one)) || given.some((one) => isFound(tree, one)))
			return [];
		return [
			foundFor(
				`cache-dependency-path of ${action.split("@")[0]!} finds no file: ${given.join(", ")}`,
				paths.place,
				"name the lock file as it is now",
			),
		];
	}
	if (defaults.some((one) => isFound(tree, one))) return [];
	const name = posix.basename(defaults[0]!);
	const below = tree.paths.find(
		(path) =>
			defaults.some((one) => posix.basename(one) === posix.basename(path)) &&
			!/(?:^|\/)(?:node_modules|test|tests|fixtures|examples?)\//.test(path),
	);
	return [
		foundFor(
			`\`cache: ${value}\` of ${action.split("@")[0]!} asks for ${name}, which ${below === undefined ? "is not in the tree" : `is not at the root: ${below} is`}`,
			part!.place,
			below === undefined
				? `keep ${name} in the repository, or take \`cache\` out`
				: `add cache-dependency-path: ${below}`,
		),
	];
}

function installs(step: Step, tree: Tree): Found[] {
	const [script, space] = [plainScriptOf(step), workspaceOf(step.job, step.index)];
	if (script === undefined || !space.checkedOut || space.unknown) return [];
	const folders = foldersOf(script);
	return script.commands.flatMap((command): Found[] => {
		const folder = folders.get(command);
		const text = typed(command);
		const prefix = /\s--(?:prefix|cwd|dir|directory|project)[ =](\S+)|^(?:npm|pnpm|yarn|uv) -C (\S+)/.exec(text);
		const rule = INSTALLS.find(([pattern]) => pattern.test(text));
		if (rule === undefined || folder === undefined || folder.includes("$")) return [];
		const at = asFolder(posix.join(folder, prefix?.[1] ?? prefix?.[2] ?? ""));
		if (/[$*]|^\.\./.test(at) || space.foreign.some((one) => at === one || at.startsWith(`${one}/`))) return [];
		const before = `${space.before}\n${script.text.slice(0, command.words[0]!.start)}`;
		if (/\|\|/.test(script.text.slice(command.words.at(-1)!.end).split("\n")[0]!) || !tree.has(at)) return [];
		return lacks(tree, at, rule, before) ? [told(rule, at, script.place(command.words[0]!.start), tree)] : [];
	});
}

/** Neither in the folder nor, of a workspace, above it; and nothing before makes it. */
function lacks(tree: Tree, folder: string, [, locks, instead]: Rule, before: string): boolean {
	const parts = folder.split("/");
	const above = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
	if (["", ...above].some((one) => locks.some((lock) => tree.has(posix.join(one, lock))))) return false;
	return (
		!locks.some((lock) => before.includes(lock)) &&
		!before.includes(instead) &&
		!/\b(?:gh repo clone|git clone|git submodule)\b/.test(before)
	);
}

const told = ([, [lock], instead]: Rule, folder: string, place: FilePlace, tree: Tree): Found => {
	const off = tree.file(posix.join(folder, ".npmrc"))?.text.includes("package-lock=false") ?? false;
	const ignoring = gitIgnoring(tree, folder, lock!);
	return foundFor(
		`${place.path} installs by ${lock!}, and the tree has none${folder === "" ? "" : ` in ${folder}`}`,
		place,
		off
			? `write ${instead}, or keep ${lock!}: .npmrc says package-lock=false`
			: ignoring === undefined
				? `keep ${lock!} in the repository, or write ${instead}`
				: `take ${ignoring.text.trim()} out of ${ignoring.path}, and keep ${lock!} in the repository`,
		ignoring === undefined ? [] : [ignoring, ...copying(tree, lock!)],
	);
};

/** Images that copy it, too. */
const copying = (tree: Tree, lock: string): FilePlace[] =>
	dockerfilesOf(tree)
		.filter(({ file }) => !isAside(file.path))
		.flatMap(({ file, steps }) =>
			steps.flatMap(({ keyword, rest, start }) =>
				keyword === "COPY" && rest.split(/\s+/).includes(lock) ? [file.placeAt(start)] : [],
			),
		);
