import { askedTargets, isMakefile, rulesOf } from "../data/makefile.ts";
import { composeFiles } from "../facts/compose-files.ts";
import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { nearest } from "../../system/nearest.ts";
import { dockerfilesOf, execForm, scriptOf } from "../dockerfile/model.ts";
import { packagesOf } from "../javascript/packages.ts";
import { scriptsOf } from "../javascript/scripts.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS344",
	scope: "static",
	severity: "error",
	question:
		"Is there every script of npm that an image or a compose file runs, and every target that a Makefile asks of itself?",
	why: "`Missing script` ends the container or the build at once; `No rule to make target` ends make before it does anything.",
	example: "`command: npm run worker` and no package.json has the script worker.",
	run(tree) {
		const findings = [
			...composed(tree),
			...inImages(tree),
			...tree.files.filter(isMakefile).flatMap((file) => [...prerequisites(tree, file), ...recursive(tree, file)]),
		];
		return { looked: `${packagesOf(tree).packages.length} files of npm`, findings };
	},
} satisfies StaticCheck;

const RUN =
	/^(?:npm|pnpm|yarn|bun)(?:\s+(?:-s|--silent))*\s+run(?:-script)?\s+(?:(?:-s|--silent)\s+)*([a-z][\w:.-]*)(?!\S*[/$])/i;

/** A script that no package of the tree has. */
function missing(tree: Tree, file: SourceFile, line: number, command: string): Found[] {
	const task = RUN.exec(command.trim())?.[1];
	const { packages } = packagesOf(tree);
	const known = packages.flatMap((one) => scriptsOf(one.file).map(({ name }) => name));
	if (task === undefined || packages.length === 0 || known.includes(task) || /--if-present|\$\(|\$\{/.test(command))
		return [];
	const meant = nearest(task, known);
	return [
		{
			message: `${file.path} runs the script ${task}, which no package.json of the tree has`,
			evidence: [placeIn(file, line)],
			fix: {
				say:
					meant === undefined
						? `write one that exists: ${[...new Set(known)].slice(0, 8).join(", ")}`
						: `write ${meant}`,
			},
		},
	];
}

/** Services that are built here: another image may have a package of its own. */
const composed = (tree: Tree): Found[] =>
	composeFiles(tree).flatMap(({ services, file }) =>
		[...services.values()].flatMap((service) => {
			const command = service.get("command") ?? service.get("entrypoint");
			if (command === undefined || service.get("build") === undefined) return [];
			return missing(tree, file, command.line, command.text ?? command.texts.map(({ text }) => text!).join(" "));
		}),
	);

const inImages = (tree: Tree): Found[] =>
	dockerfilesOf(tree)
		.filter(({ file }) => standingOf(file.path) === "live")
		.flatMap(({ file, steps }) =>
			steps
				.filter(({ keyword }) => /^(?:RUN|CMD|ENTRYPOINT)$/.test(keyword))
				.flatMap((step) => {
					const exec = execForm(step);
					if (exec !== undefined) return missing(tree, file, file.lineAt(step.start), exec.join(" "));
					// What was cloned before has a package of its own.
					if (steps.some(({ rest }) => /\bgit clone\b|npx create-|npm (?:init|create)/.test(rest))) return [];
					return scriptOf(step).commands.flatMap(({ words }) =>
						missing(tree, file, file.lineAt(step.restAt + words[0]!.start), words.map(({ text }) => text).join(" ")),
					);
				}),
		);

/** `$(MAKE) check` in a recipe, and no rule makes check. */
function recursive(tree: Tree, file: SourceFile): Found[] {
	const rules = standingOf(file.path) === "live" && file.text.includes("MAKE") ? (rulesOf(file) ?? []) : [];
	const known = new Set(rules.flatMap(({ targets }) => targets));
	return rules.length === 0
		? []
		: file
				.matches(/^\t[@-]?[ \t]*\$[({]MAKE[)}][ \t]+([^\n#&;|]+)/gm)
				.flatMap(({ 1: words, index }) =>
					(askedTargets(words!.trim().split(/\s+/)) ?? [])
						.filter((name) => isAbsent(tree, file, known, name))
						.map((name) => unmade(file, name, "a recipe asks for", index, known)),
				);
}

const isAbsent = (tree: Tree, { path }: SourceFile, known: ReadonlySet<string>, name: string): boolean =>
	/^[a-z][a-z0-9_-]*$/.test(name) && !known.has(name) && !tree.has(path.slice(0, path.lastIndexOf("/") + 1) + name);

/** `release: check`, and no rule makes check. */
function prerequisites(tree: Tree, file: SourceFile): Found[] {
	const rules = standingOf(file.path) === "live" ? (rulesOf(file) ?? []) : [];
	const known = new Set(rules.flatMap(({ targets }) => targets));
	return rules
		.filter(({ targets }) => !targets[0]!.startsWith("."))
		.flatMap(({ targets, needs, at }) =>
			needs
				.filter((name) => isAbsent(tree, file, known, name))
				.map((name) => unmade(file, name, `${targets.join(" ")} needs`, at, known)),
		);
}

function unmade(file: SourceFile, name: string, why: string, at: number, known: ReadonlySet<string>): Found {
	const meant = nearest(
		name,
		[...known].filter((one) => !one.startsWith(".")),
	);
	return {
		message: `${file.path} has no rule for ${name}, which ${why}`,
		evidence: [placeIn(file, file.lineAt(at))],
		fix: {
			say: meant === undefined ? `add a rule for ${name}, or take it out` : `write ${meant}, or add a rule for ${name}`,
		},
	};
}
