import { posix } from "node:path";
import { nearest } from "../../system/nearest.ts";
import { fits } from "../calls/words.ts";
import { jsonUses, keysOf, type JsonFile, type JsonRead } from "../facts/json-reads.ts";
import { placeIn } from "../facts/found.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS160",
	scope: "static",
	severity: "error",
	question: "Has a file of JSON the key that a script or a program reads from it?",
	why: "jq prints `null` for a key that is not there, and ends with 0: what compares or installs by it goes on with that word.",
	example: '`jq -r .git_sha build-info.json`, and the Dockerfile writes `{"revision": "…"}`: write .revision.',
	run(tree) {
		const { reads, written } = jsonUses(tree);
		return {
			looked: `${reads.length} reads of keys from files of JSON`,
			findings: reads.flatMap((read) => missing(read, filesFor(tree, read, written))),
		};
	},
} satisfies StaticCheck;

/** What the tree writes there, or the file of the tree itself. */
function filesFor(tree: Tree, { path, file, optional }: JsonRead, written: readonly JsonFile[]): JsonFile[] {
	const made = written.filter((one) => one.path === path || one.path === posix.join(posix.dirname(file.path), path));
	const own = path.startsWith("/")
		? undefined
		: (tree.file(path) ?? tree.file(posix.join(posix.dirname(file.path), path)));
	// What people write by hand may lack what its reader has a word for.
	if (own === undefined || made.length > 0 || optional) return made;
	const keys = own.text.trimStart().startsWith("{") ? keysOf(own.text.trim()) : undefined;
	return keys === undefined ? [] : [{ path, keys, file: own, at: 0 }];
}

function missing({ path, key, file, at, optional }: JsonRead, files: readonly JsonFile[]): Found[] {
	const keys = [...new Set(files.flatMap((one) => one.keys))];
	if (files.length === 0 || keys.includes(key)) return [];
	const near = nearest(key, keys) ?? keys.find((one) => fits(one, key));
	if (optional && near === undefined) return [];
	const meant = near ?? (keys.length === 1 ? keys[0] : undefined);
	return [
		{
			message: `${file.path} reads ${key} from ${path}, which has ${keys.slice(0, 6).join(", ")}`,
			evidence: [
				placeIn(file, file.lineAt(at)),
				...files.slice(0, 3).map((one) => placeIn(one.file, one.file.lineAt(one.at))),
			],
			fix: { say: meant === undefined ? `read one that is there, or write ${key} there` : `write ${meant}` },
		},
	];
}
