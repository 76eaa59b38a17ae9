import { posix } from "node:path";
import { parseShell } from "../shell/lexer.ts";
import { dockerfilesOf, scriptOf } from "../dockerfile/model.ts";
import { isAside, isSample, isTest } from "../tree/aside.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { normal } from "./distributions.ts";
import { isRequirementFile, requirementsOf } from "./requirements.ts";

/** A file that declares distributions of Python. */
interface Manifest {
	file: SourceFile;
	/** The folder whose code it is for. */
	folder: string;
	names: ReadonlySet<string>;
}

interface Declared {
	manifests: readonly Manifest[];
	/** Installed by a Dockerfile, a workflow or a script. */
	elsewhere: ReadonlySet<string>;
	/** What was told for files of a folder. */
	byFolder: Map<string, { manifests: SourceFile[]; names: Set<string> }>;
}

const MANIFEST =
	/(?:^|\/)(?:pyproject\.toml|setup\.(?:py|cfg)|Pipfile|environment\.ya?ml|uv\.lock|poetry\.lock|pdm\.lock|Pipfile\.lock)$/;
const NAME = /^[A-Za-z0-9][\w.-]*/;

/** The manifests that count for a file (of the nearest folder that has some, and of those above), and all their names. */
export function declaredFor(tree: Tree, path: string): { manifests: SourceFile[]; names: Set<string> } {
	const { manifests, elsewhere, byFolder } = declaredIn(tree);
	const known = byFolder.get(posix.dirname(path));
	if (known !== undefined) return known;
	const near = manifests.filter(({ folder }) => folder === "" || path.startsWith(`${folder}/`));
	const own =
		near.length > 0
			? near
			: manifests.filter(({ file }) => !isTest(file.path) && !isAside(file.path) && !isSample(file.path));
	const names = new Set(own.flatMap((one) => [...one.names]));
	for (const name of elsewhere) names.add(name);
	const files = own.map(({ file }) => file);
	// A requirement file is where a missing name is added.
	const found = {
		manifests: [...files.filter(isRequirementFile), ...files.filter((file) => !isRequirementFile(file))],
		names,
	};
	byFolder.set(posix.dirname(path), found);
	return found;
}

const ownNames = once(
	(tree: Tree): ReadonlySet<string> =>
		new Set(
			tree.files.flatMap(({ path, text }) =>
				/(?:^|\/)(?:pyproject\.toml|setup\.(?:py|cfg))$/.test(path)
					? [...text.matchAll(/^\s*name\s*=\s*["']?([\w.-]+)/gm)].map(([, name]) => normal(name!))
					: [],
			),
		),
);

/** Whether a package of the tree is what one of its manifests describes, and none that is installed. */
export const isOwnName = (tree: Tree, top: string): boolean => ownNames(tree).has(normal(top));

const declaredIn = once((tree: Tree): Declared => {
	const manifests = tree.files.flatMap((file): Manifest[] => {
		if (!isRequirementFile(file) && !MANIFEST.test(file.path)) return [];
		const folder = posix
			.dirname(file.path)
			.replace(/(?:^|\/)requirements$/, "")
			.replace(/^\.$/, "");
		return [{ file, folder, names: new Set(namesIn(file).map(normal)) }];
	});
	return { manifests, elsewhere: new Set(installedIn(tree).map(normal)), byFolder: new Map() };
});

function namesIn(file: SourceFile): string[] {
	// A line that pip cannot read says what is meant, too.
	if (isRequirementFile(file))
		return [
			...requirementsOf(file).all.map(({ name }) => name),
			...file.lines.flatMap((line) => NAME.exec(line)?.[0] ?? []),
		];
	if (file.path.endsWith("lock"))
		return file.matches(/^name = "([^"]+)"|^ {8}"([\w.-]+)": \{/gm).map(([, a, b]) => a ?? b!);
	// What stands in quotes or begins a line: more than is declared, and never less.
	const quoted = file.matches(/["']([A-Za-z0-9][\w.-]*)[^"'\n]*["']/g).map(([, name]) => name!);
	const keys = file.matches(/^[ \t-]*["']?([A-Za-z0-9][\w.-]*)/gm).map(([, name]) => name!);
	return [...quoted, ...keys];
}

const OPTION_VALUE =
	/^(?:-[rcieft]|--(?:requirement|constraint|index-url|extra-index-url|find-links|target|prefix|root|cert|trusted-host|python-version|platform|only-binary|no-binary|python))$/;

/** `pip install a b` of any script, and Debian's `python3-a`. */
function installedIn(tree: Tree): string[] {
	const scripts = dockerfilesOf(tree).flatMap(({ steps }) =>
		steps.filter(({ keyword }) => keyword === "RUN").flatMap((step) => scriptOf(step).commands),
	);
	const typed = tree.files
		.filter(
			(file) =>
				file.language !== "dockerfile" &&
				file.language !== "markdown" &&
				file.has(/\b(?:pip3?|conda|mamba)\s+install\b/),
		)
		.flatMap(({ text }) => [...text.matchAll(/\b(?:uv\s+)?(?:pip3?|conda|mamba)\s+install\b(?:[^\n]*\\\n)*[^\n]*/g)])
		.flatMap(([line]) => parseShell(line.replaceAll(/["'`()[\]{}]/g, " ")).commands);
	return [...scripts, ...typed].flatMap(({ words }) => {
		const texts = words.map(({ text }) => text);
		const at = texts.findIndex((text) => text === "install" || text === "add");
		if (at < 1) return [];
		const tool = texts.slice(0, at).join(" ");
		const rest = texts
			.slice(at + 1)
			.filter((text, index, all) => !text.startsWith("-") && !OPTION_VALUE.test(all[index - 1] ?? ""));
		if (/\bpip[\d.]*$|\bpip[\d.]*\b|conda|mamba|\buv\b/.test(tool))
			return rest.flatMap((text) => NAME.exec(text)?.[0] ?? []);
		return /\bapt(?:-get)?\b|\bapk\b|\bdnf\b|\byum\b/.test(tool)
			? rest.map((text) => text.replace(/^(?:python3?|py3)-|[=:/].*$/g, ""))
			: [];
	});
}
