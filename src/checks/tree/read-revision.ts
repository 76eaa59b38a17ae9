import { resolve } from "node:path";
import { UserError } from "../../errors/errors.ts";
import type { Shell } from "../../system/shell.ts";
import { GIT_ALONE, git } from "./list-files.ts";
import { MAX_BYTES, sourceOf } from "./read-tree.ts";
import { Tree } from "./tree.ts";

const GIT_MS = 60_000;
/** Bytes of one answer of git. */
const BATCH_BYTES = 32 * 1024 * 1024;

interface Blob {
	path: string;
	executable: boolean;
	oid: string;
	bytes: number;
}

/**
 * The tree of a git revision below `root`, read out of the repository: nothing is checked out.
 * @throws UserError triage_revision
 */
export async function readRevision(root: string, revision: string, shell: Shell, signal: AbortSignal): Promise<Tree> {
	const options = { cwd: resolve(root), signal, timeoutMs: GIT_MS, env: GIT_ALONE };
	const ask = (args: readonly string[], input?: string) =>
		shell.run("git", git(...args), { ...options, latin1: true, ...(input === undefined ? {} : { input }) });
	const commit = await commitOf(ask, revision);
	const [prefix, listed] = await Promise.all([
		ask(["rev-parse", "--show-prefix"]),
		ask(["ls-tree", "-r", "-l", "-z", commit, "."]),
	]);
	if (prefix.exitCode !== 0 || listed.exitCode !== 0) throw unreadable(revision, listed.stderr);
	if (listed.stdout.split("\0").some((line) => ABSENT.test(line))) throw unreadable(revision, PARTIAL);
	const blobs = blobsOf(listed.stdout);
	const files = [];
	for (const batch of batches(blobs.filter(({ bytes }) => bytes <= MAX_BYTES))) {
		const { stdout } = await ask(["cat-file", "--batch"], batch.map(({ oid }) => `${oid}\n`).join(""));
		files.push(...filesIn(Buffer.from(stdout, "latin1"), batch));
	}
	return new Tree({ root: resolve(root), files, paths: blobs.map(({ path }) => path), git: true });
}

/** What `ls-tree -l` says of a file that the clone does not hold. */
const ABSENT = /^100\d+ blob \S+ +BAD\t/;
const PARTIAL = "this partial clone lacks files of it; to have them: git fetch --refetch --no-filter";

type Ask = (args: readonly string[], input?: string) => ReturnType<Shell["run"]>;

async function commitOf(ask: Ask, revision: string): Promise<string> {
	const found = await ask(["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`]).catch(
		() => undefined,
	);
	if (found === undefined) throw unreadable(revision, "git is not here");
	if (found.exitCode === 0) return found.stdout.trim();
	throw unreadable(revision, found.stderr);
}

const unreadable = (revision: string, why: string): UserError =>
	new UserError(
		"triage_revision",
		`${revision} is no revision that git can read here${why.trim() && `: ${why.trim()}`}`,
		{
			hint: "git log --oneline shows revisions; a shallow clone has few: git fetch --unshallow",
		},
	);

/** `<mode> blob <oid> <bytes>\t<path>`, each with a NUL behind it; paths from the folder that was asked about. */
const blobsOf = (stdout: string): Blob[] =>
	Buffer.from(stdout, "latin1")
		.toString("utf8")
		.split("\0")
		.flatMap((line): Blob[] => {
			const [, mode, oid, bytes, path] = /^(\d+) blob (\S+) +(\d+)\t(.*)$/s.exec(line) ?? [];
			const isFile = mode === "100644" || mode === "100755"; // no links
			return isFile ? [{ path: path!, oid: oid!, bytes: Number(bytes), executable: mode === "100755" }] : [];
		})
		.toSorted((a, b) => (a.path < b.path ? -1 : 1));

function batches(blobs: readonly Blob[]): Blob[][] {
	const all: Blob[][] = [];
	let room = 0;
	for (const blob of blobs) {
		if (blob.bytes > room || all.length === 0) {
			all.push([]);
			room = BATCH_BYTES;
		}
		all.at(-1)!.push(blob);
		room -= blob.bytes;
	}
	return all;
}

/** `<oid> blob <bytes>\n<the bytes>\n` for each that was asked, in that order. */
function filesIn(output: Buffer, blobs: readonly Blob[]) {
	let offset = 0;
	return blobs.flatMap(({ path, bytes, executable }) => {
		const begin = output.indexOf("\n", offset) + 1;
		offset = begin + bytes + 1;
		return sourceOf(path, output.subarray(begin, begin + bytes), executable) ?? [];
	});
}
