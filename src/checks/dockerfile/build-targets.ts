import { posix } from "node:path";
import { isComment } from "../tree/tokens.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { FilePlace } from "../triage-check.ts";

/** A stage that a build asks for. */
export interface BuildTarget {
	name: string;
	place: FilePlace;
	/** A second place: where a value of a matrix is used. */
	also?: FilePlace;
	/** Those that it may mean, from the root; one must have the stage. */
	dockerfiles: readonly string[];
}

const pathIn = (folder: string, path: string): string => posix.join(folder, path).replace(/^\.\//, "");
const COMPUTED = /[$`{}]|:\/\/|^[/~]/;

/** `target "api" { dockerfile = "…" target = "…" }` of a file of docker buildx bake; a block that inherits is not told. */
export function bakeTargets(file: SourceFile): BuildTarget[] {
	if (!/(?:^|\/)(?:docker-)?bake[^/]*\.hcl$/.test(file.path)) return [];
	return file.matches(/^target\s+"[^"]+"\s*\{\n([^]*?)^\}/gm).flatMap(({ 0: all, 1: body, index }) => {
		const value = (key: string): string | undefined =>
			new RegExp(`^\\s*${key}\\s*=\\s*"([^"]*)"`, "m").exec(body!)?.[1];
		const name = value("target");
		const [context, dockerfile] = [value("context") ?? ".", value("dockerfile") ?? "Dockerfile"];
		if (name === undefined || COMPUTED.test(name + context + dockerfile)) return [];
		if (/^\s*inherits\s*=/m.test(body!) && (value("context") ?? value("dockerfile")) === undefined) return [];
		const at = index + all.search(/^\s*target\s*=/m) + /^\s*/.exec(all.slice(all.search(/^\s*target\s*=/m)))![0].length;
		// Like docker buildx bake, from where it is called: mostly the root.
		const folders = [...new Set(["", posix.dirname(file.path)])];
		return [
			{ name, place: file.placeAt(at), dockerfiles: folders.map((one) => pathIn(pathIn(one, context), dockerfile)) },
		];
	});
}

/** `docker build --target NAME` in a script, a Makefile or a package.json. */
export const typedTargets = (file: SourceFile): BuildTarget[] =>
	!file.text.includes("--target")
		? []
		: typedBuilds(file).flatMap(({ line, at, dockerfiles }) => {
				const found = /--target[ =]["']?([\w.-]+)["']?(?=\s|$|\\|")/.exec(line);
				return found === null ? [] : [{ name: found[1]!, place: file.placeAt(at + found.index), dockerfiles }];
			});

/** A `docker build` as it is typed. */
interface TypedBuild {
	/** From `docker` to its context, with line ends. */
	line: string;
	/** The offset of `line`. */
	at: number;
	/** Those that it may mean, from the root. */
	dockerfiles: readonly string[];
}

/** Those of a script, a Makefile or a package.json whose paths are written out. */
export function typedBuilds(file: SourceFile): TypedBuild[] {
	const isPackage = file.path.endsWith("package.json");
	if (
		!/^(?:shell|powershell|batch)$/.test(file.language) &&
		!/(?:^|\/)(?:Makefile|justfile|package\.json)$|\.mk$/.test(file.path)
	)
		return [];
	if (!file.text.includes("docker") || !file.text.includes("build")) return [];
	const calls = file.text.matchAll(
		/\bdocker\b[ \t]+(?:buildx[ \t]+|image[ \t]+)?build\b(?:[^\n\\`]|[\\`]\r?\n|[\\`])*/g,
	);
	return [...calls].flatMap(({ 0: call, index }): TypedBuild[] => {
		const line = call.split(isPackage ? /(?<!\\)(?:&&|\|\||;|")/ : /&&|\|\||;|[ \t]\|[ \t]|>/)[0]!;
		const words = line
			.replaceAll(/[\\`]\r?\n/g, " ")
			.trim()
			.split(/\s+/);
		const context = words.at(-1)!.replaceAll(/^["']|["']$/g, "");
		const named = /(?:\s-f|--file)[ =]["']?([^\s"']+)/.exec(line)?.[1];
		// Options in a variable may name another file.
		if (named === undefined && /(?<!\s--?[\w-]+)\s["']?\$\{?\w+(?:\[[@*]\])?\}?["']?(?=\s)/.test(line)) return [];
		if (COMPUTED.test(context + (named ?? "")) || context.startsWith("-") || isComment(file, index)) return [];
		const folders = [...new Set(["", posix.dirname(file.path), posix.join(posix.dirname(file.path), "..")])];
		return [
			{
				line,
				at: index,
				dockerfiles: folders.map((one) =>
					named === undefined ? pathIn(pathIn(one, context), "Dockerfile") : pathIn(one, named),
				),
			},
		];
	});
}
