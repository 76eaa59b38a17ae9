import { posix } from "node:path";
import { parseShell } from "../shell/lexer.ts";
import { mayBeMade } from "../tree/generated.ts";
import { once } from "../tree/once.ts";
import { pathIn } from "../tree/path-in.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

/** Dockerfile → folders of the tree that it is built with; undefined among them where a build computes it. */
type Contexts = ReadonlyMap<string, ReadonlySet<string | undefined>>;

/** Dockerfiles that compose files and scripts build and that are not in the tree, with who builds them. */
export const goneDockerfiles = (tree: Tree): { path: string; by: SourceFile }[] =>
	tree.files.flatMap((by) =>
		(by.language === "yaml" && !by.path.startsWith(".github/")
			? inYaml(by.path, by.text)
			: by.language === "shell" && /\bdocker\b[^\n]*\bbuild\b/.test(by.text)
				? inShell(by.text)
				: []
		).flatMap(([path, context]) =>
			path === undefined || context === undefined || tree.has(path) || mayBeMade(tree, path) ? [] : [{ path, by }],
		),
	);

/** The folders that a Dockerfile may be built with; undefined when a build computes it, or takes it from elsewhere. */
export function contextsOf(tree: Tree, dockerfile: string): string[] | undefined {
	const told = contextsIn(tree).get(dockerfile);
	if (told?.has(undefined)) return undefined;
	if (told !== undefined) return [...told].filter((one) => one !== undefined);
	const own = posix.dirname(dockerfile);
	return [...new Set([own === "." ? "" : own, ""])];
}

const contextsIn = once((tree: Tree): Contexts => {
	const found = new Map<string, Set<string | undefined>>();
	const add = (dockerfile: string | undefined, context: string | undefined): void => {
		if (dockerfile === undefined) return;
		found.set(dockerfile, (found.get(dockerfile) ?? new Set()).add(context));
	};
	for (const one of tree.files) {
		const { path, text, language } = one;
		if (language === "yaml") for (const [file, context] of inYaml(path, text)) add(file, context);
		else if (language === "shell" && one.has(/\bdocker\b[^\n]*\bbuild\b/))
			for (const folder of new Set(["", posix.dirname(path).replace(/^\.$/, "")]))
				for (const [file, context] of inShell(text, folder)) add(file, context);
	}
	return found;
});

type Build = [dockerfile: string | undefined, context: string | undefined];

const build = (folder: string, context: string, file: string | undefined): Build => {
	const at = pathIn(folder, context);
	return [file ?? (at === undefined ? undefined : posix.join(at, "Dockerfile")), at];
};

/** `docker/build-push-action` of workflows, `build:` of compose files. Read by line: a template need not be YAML. */
function inYaml(path: string, text: string): Build[] {
	if (path.startsWith(".github/workflows/")) {
		const actions = text.split(/^[ \t]*-\s+(?=name:|uses:|run:|id:|if:)/m);
		const used = actions
			.filter((one) => /uses:\s*["']?docker\/build-push-action/.test(one))
			.map((step) => {
				const context = valueOf(step, "context") ?? ".";
				const file = valueOf(step, "file");
				return build("", context, file === undefined ? undefined : pathIn("", file));
			});
		const typed = [...text.matchAll(/\bdocker\b[^\n]*\bbuild\b(?:[^\n]*\\\n)*[^\n]*/g)].flatMap(([line]) =>
			inShell(line),
		);
		return [...used, ...typed];
	}
	if (!/(?:^|\/)(?:docker-)?compose[^/]*\.ya?ml$/.test(path)) return [];
	const folder = posix.dirname(path);
	return [...text.matchAll(/^( +)build:[ \t]*(\S*)[^\n]*\n((?:\1 +\S[^\n]*\n|[ \t]*\n)*)/gm)].map(
		([, , short, block]) => {
			const context = (short === "" ? valueOf(block!, "context") : short) ?? ".";
			const at = pathIn(folder, context.replaceAll(/["']/g, ""));
			const file = valueOf(block!, "dockerfile");
			if (file !== undefined && /[$`{]/.test(file)) return [undefined, at];
			if (at === undefined) return [file && pathIn("", file), undefined];
			return [posix.join(at, file ?? "Dockerfile"), at];
		},
	);
}

const valueOf = (block: string, key: string): string | undefined =>
	new RegExp(`^\\s*${key}:[ \\t]*["']?([^"'\\n#]+?)["']?[ \\t]*(?:#.*)?$`, "m").exec(block)?.[1];

const TAKES_VALUE =
	/^(?:-t|--tag|-f|--file|--build-arg|--target|--platform|--label|--secret|--ssh|--cache-from|--cache-to|-o|--output|--progress|--network|--iidfile|--metadata-file|--builder|--build-context|--add-host|--annotation)$/;

/** `docker build -f FILE CONTEXT`, run in a folder of the tree. */
function inShell(text: string, folder = ""): Build[] {
	return parseShell(text).commands.flatMap(({ words }): Build[] => {
		const texts = words.map((word) => word.text);
		const at = texts.indexOf("build");
		if (at < 1 || !texts.slice(0, at).includes("docker")) return [];
		let [file, context]: [string | undefined, string | undefined] = [undefined, undefined];
		let isOpen = false;
		for (let index = at + 1; index < texts.length; index += 1) {
			const word = texts[index]!;
			if (/^(?:-f|--file)$/.test(word)) file = texts[(index += 1)];
			else if (word.startsWith("--file=")) file = word.slice("--file=".length);
			else if (TAKES_VALUE.test(word)) index += 1;
			else if (/^\$\{?\w+(?:\[[@*]\])?\}?$/.test(word) && index < texts.length - 1) {
				const named = optionsIn(text, /\w+/.exec(word)![0]);
				if (named === undefined) isOpen = true;
				else file ??= named;
			} else if (!word.startsWith("-") || word === "-") context = word;
		}
		if (context === undefined || (isOpen && file === undefined)) return [];
		return [build(folder, context, file === undefined ? undefined : pathIn(folder, file))];
	});
}

/** The Dockerfile that a list of options names: `args=(--file Dockerfile.base …)`. */
const optionsIn = (text: string, name: string): string | undefined =>
	[...text.matchAll(new RegExp(`(?<![\\w$])${name}\\+?=(?:\\(([^()]*)\\)|["']([^"'\\n]*)["'])`, "g"))]
		.map(([, list, words]) => /(?:--file(?:=|\s+)|(?:^|\s)-f\s+)["']?([\w./-]+)/.exec(list ?? words!)?.[1])
		.find((one) => one !== undefined);
