import { once } from "../tree/once.ts";
import { ownOf } from "../../system/own-of.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { outlineOf } from "./outline.ts";
import { standingOf } from "./standing.ts";

/** A place that states a version of a tool. */
export interface VersionPlace {
	tool: "cuda" | "go" | "node" | "python";
	/** `3.12` of Python, `22` of Node, `12.4` of CUDA, `1.23` of Go. */
	version: string;
	/** A lowest version instead of the one. */
	least: boolean;
	file: SourceFile;
	/** Counted from 1. */
	line: number;
	/** One of several that a workflow tries. */
	matrix: boolean;
}

export const versionsOf = once((tree: Tree): readonly VersionPlace[] =>
	tree.files.filter(({ path }) => standingOf(path) === "live").flatMap(versionsIn),
);

type Pattern = readonly [tool: VersionPlace["tool"], pattern: RegExp, least?: boolean];
const DOCKER: readonly Pattern[] = [
	["python", /^\s*FROM\s+(?:--\S+\s+)*(?:\S*\/)?python:(\d+\.\d+)/i],
	["node", /^\s*FROM\s+(?:--\S+\s+)*(?:\S*\/)?node:(\d+)/i],
	["go", /^\s*FROM\s+(?:--\S+\s+)*(?:\S*\/)?golang:(\d+\.\d+)/i],
	["cuda", /^\s*FROM\s+(?:--\S+\s+)*(?:\S*\/)?cuda:(\d+\.\d+)/i],
	["cuda", /download\.pytorch\.org\/whl\/cu(\d{3})\b/],
];
const FILES: Readonly<Record<string, readonly Pattern[]>> = {
	".python-version": [["python", /^(\d+\.\d+)/]],
	"runtime.txt": [["python", /^python-(\d+\.\d+)/]],
	".nvmrc": [["node", /^v?(\d+)/]],
	".node-version": [["node", /^v?(\d+)/]],
	".go-version": [["go", /^(\d+\.\d+)/]],
	"go.mod": [["go", /^go\s+(\d+\.\d+)/, true]],
	"pyproject.toml": [
		["python", /^requires-python\s*=\s*["'](?:>=|~=|\^)\s*(\d+\.\d+)/, true],
		["python", /^python\s*=\s*["'](?:>=|\^|~)\s*(\d+\.\d+)/, true],
		["python", /^python\s*=\s*["'](\d+\.\d+)(?:\.[\d*]+)?["']/],
	],
	"setup.py": [["python", /python_requires\s*=\s*["']>=\s*(\d+\.\d+)/, true]],
	"setup.cfg": [["python", /^python_requires\s*=\s*>=\s*(\d+\.\d+)/, true]],
	"package.json": [["node", /"node"\s*:\s*"(?:>=|\^|~)?\s*(\d+)(?:\.[\dx*]+)*"/, true]],
};
const REQUIREMENTS: readonly Pattern[] = [["cuda", /download\.pytorch\.org\/whl\/cu(\d{3})\b/]];

function versionsIn(file: SourceFile): VersionPlace[] {
	if (file.language === "dockerfile") return [...byLine(file, DOCKER), ...withArguments(file)];
	if (file.language === "requirements" || file.language === "shell") return byLine(file, REQUIREMENTS);
	if (/(?:^|\/)\.github\/workflows\//.test(file.path)) return workflow(file);
	return byLine(file, ownOf(FILES, file.path.slice(file.path.lastIndexOf("/") + 1)) ?? []);
}

const byLine = (file: SourceFile, patterns: readonly Pattern[]): VersionPlace[] =>
	patterns.length === 0
		? []
		: file.lines.flatMap((text, index) =>
				/^\s*#/.test(text)
					? []
					: patterns.flatMap(([tool, pattern, least = false]) => {
							const version = pattern.exec(text)?.[1];
							return version === undefined
								? []
								: [
										{
											tool,
											version: tool === "cuda" ? version.replace(/^(\d\d)(\d)$/, "$1.$2") : version,
											least,
											file,
											line: index + 1,
											matrix: false,
										},
									];
						}),
			);

/** `ARG PYTHON_VERSION=3.11` above `FROM python:${PYTHON_VERSION}-slim`. */
function withArguments(file: SourceFile): VersionPlace[] {
	return file.lines.flatMap((text) => {
		const [, tool, name] = /^\s*FROM\s+(?:--\S+\s+)*(?:\S*\/)?(python|node|cuda|golang):\$\{?(\w+)/i.exec(text) ?? [];
		if (tool === undefined) return [];
		const at = file.lines.findIndex((line) => new RegExp(`^\\s*ARG\\s+${name!}=`).test(line));
		const version = /=["']?(\d+(?:\.\d+)?)/.exec(file.lines[at] ?? "")?.[1];
		return version === undefined
			? []
			: [
					{
						tool: tool.toLowerCase().replace("golang", "go") as VersionPlace["tool"],
						version: tool === "node" ? version.split(".")[0]! : version,
						least: false,
						file,
						line: at + 1,
						matrix: false,
					},
				];
	});
}

function workflow(file: SourceFile): VersionPlace[] {
	const all = outlineOf(file).flatMap(({ path, value, line }) => {
		const key = path.findLast((one) => one !== "-") ?? "";
		const tool = /^(python|node|go)[-_]?version$/i.exec(key)?.[1]!.toLowerCase() as
			| "python"
			| "node"
			| "go"
			| undefined;
		if (tool === undefined) return [];
		const found = value.match(tool === "node" ? /\d+(?:\.\d+)*/g : /(?<![\d.])\d+\.\d+/g) ?? [];
		const matrix = path.includes("matrix") || found.length > 1 || path.at(-1) === "-";
		return found.map((version): VersionPlace => ({
			tool,
			version: tool === "node" ? version.split(".")[0]! : version,
			least: false,
			file,
			line,
			matrix,
		}));
	});
	const several = (tool: string): boolean =>
		new Set(all.filter((one) => one.tool === tool).map(({ version }) => version)).size > 1;
	return all.map((one) => ({ ...one, matrix: one.matrix || several(one.tool) }));
}
