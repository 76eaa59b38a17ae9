import { isUtf8 } from "node:buffer";
import { lstatSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, posix, relative, resolve, sep } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Shell } from "../system/shell.ts";
import { exclusionRule, type Exclusion } from "./exclusions.ts";
import type { Literals } from "./literals.ts";

const LARGEST = 2_000_000;
/** Files between two looks at Ctrl-C. Small ones are read four times as fast in a row as by promises. */
const AT_ONCE = 200;
/** What git looks at to tell a binary file. */
const BINARY_HEAD = 8_000;
/** Not walked where there is no git to say what belongs to the project. */
const SKIPPED = new Set(["node_modules", ".git", ".cres", "dist"]);

/** A text file that may hold an earlier endpoint. */
export interface TreeFile {
	/** Below the project's directory, with `/`; `../` leads to the rest of the repository. */
	path: string;
	text: string;
	/** Its bytes are UTF-8: what is read can be written. */
	editable: boolean;
}

/** The repository as far as it matters for the endpoints. */
export interface Tree {
	/** Files that were looked into. */
	searched: number;
	/** Those that may hold an earlier endpoint, and those that were asked for. */
	files: TreeFile[];
	/** Those that hold one by rule, and those that were not looked into. */
	excluded: Exclusion[];
}

export interface TreePorts {
	/** Directory of cres.yaml. */
	root: string;
	shell: Shell;
	signal: AbortSignal;
}

/** Looks into every file that git knows or would add, and into `always` wherever they are. */
export async function readTree(ports: TreePorts, literals: Literals, always: readonly string[]): Promise<Tree> {
	const paths = [...new Set([...(await listFiles(ports)), ...always])];
	const tree: Tree = { searched: 0, files: [], excluded: [] };
	for (const [at, path] of paths.entries()) {
		if (at % AT_ONCE === 0) await setImmediate();
		ports.signal.throwIfAborted();
		look(ports.root, path, literals, always.includes(path), tree);
	}
	tree.files.sort((a, b) => (a.path < b.path ? -1 : 1));
	return tree;
}

function look(root: string, path: string, { needle, find }: Literals, asked: boolean, tree: Tree): void {
	const file = join(root, path);
	const stats = lstatSync(file, { throwIfNoEntry: false }); // git also knows what was deleted
	if (!stats?.isFile()) return;
	const rule = exclusionRule(path);
	if (stats.size > LARGEST) return void tree.excluded.push({ file: path, rule: rule ?? "over 2 MB", lines: null });
	const bytes = readFileSync(file);
	const raw = bytes.toString("latin1");
	if (rule === undefined) tree.searched++;
	if (!needle.test(raw) && !asked) return;
	const binary = bytes.subarray(0, BINARY_HEAD).includes(0);
	if (binary || rule !== undefined) {
		const lines = find(raw).length;
		if (lines > 0) tree.excluded.push({ file: path, rule: rule ?? "binary", lines });
		return;
	}
	const editable = isUtf8(bytes);
	tree.files.push({ path, text: editable ? bytes.toString("utf8") : raw, editable });
}

/** Every file of the repository around `root`, ignored ones left out; of the directory alone when it is in none. */
async function listFiles(ports: TreePorts): Promise<string[]> {
	const { root, shell, signal } = ports;
	const git = async (cwd: string, ...args: string[]): Promise<string | undefined> => {
		const result = await shell.run("git", args, { cwd, signal }).catch(() => undefined);
		signal.throwIfAborted();
		return result?.exitCode === 0 ? result.stdout : undefined;
	};
	const up = (await git(root, "rev-parse", "--show-cdup"))?.trim();
	const top = resolve(root, up ?? ".");
	const listed =
		up === undefined ? undefined : await git(top, "ls-files", "-z", "--cached", "--others", "--exclude-standard");
	const below = relative(top, root).split(sep).join("/");
	const paths = (listed ?? "").split("\0").filter((path) => path !== "");
	const ours = below === "" ? paths : paths.map((path) => posix.relative(below, path));
	return ours.some((path) => !path.startsWith("../")) ? ours : walk(root);
}

async function walk(root: string): Promise<string[]> {
	const found: string[] = [];
	const folders = [""];
	for (let folder = folders.pop(); folder !== undefined; folder = folders.pop())
		for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
			const path = posix.join(folder, entry.name);
			if (entry.isDirectory() && !SKIPPED.has(entry.name)) folders.push(path);
			else if (entry.isFile()) found.push(path);
		}
	return found;
}
