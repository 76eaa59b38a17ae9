import { lstat, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../errors/errors.ts";
import type { Shell } from "../system/shell.ts";

const LIMIT_MS = 60_000;
/** dpkg's list of a large system has 3 MB. */
const MOST_BYTES = 32 << 20;

/** Some images have no command of their own; this one is never started. */
const NO_COMMAND = "none";

/**
 * The text of a file in an image that the local Docker daemon holds. Nothing of the image is run: the file is copied out
 * of a container that is never started, and the container is removed.
 * @param reference with its digest
 * @throws UserError sbom_unreadable
 */
export async function readImageFile(
	shell: Shell,
	reference: string,
	path: string,
	signal: AbortSignal,
): Promise<string> {
	const docker: RunDocker = (...args) => shell.run("docker", args, { signal, timeoutMs: LIMIT_MS });
	const container = await containerOf(docker, reference, signal);
	const directory = await mkdtemp(join(tmpdir(), "cres-sbom-"));
	try {
		const file = join(directory, "file");
		const copied = await docker("cp", `${container}:${path}`, file);
		if (copied.exitCode !== 0) throw unreadable(`${reference} has no ${path}: ${lastLine(copied.stderr)}`, OURS);
		const facts = await lstat(file); // a link would lead to a file of this machine
		if (facts.isFile() && facts.size <= MOST_BYTES) return await readFile(file, "utf8");
		throw unreadable(`${path} in ${reference} is not a file of at most ${MOST_BYTES} bytes`, OURS);
	} finally {
		await rm(directory, { recursive: true, force: true });
		await shell.run("docker", ["rm", "--force", container], { timeoutMs: LIMIT_MS });
	}
}

type RunDocker = (...args: string[]) => ReturnType<Shell["run"]>;

/** A container that is never started. */
async function containerOf(docker: RunDocker, reference: string, signal: AbortSignal): Promise<string> {
	const made = await docker("create", "--pull=never", reference, NO_COMMAND).catch((error: unknown) => {
		signal.throwIfAborted();
		throw unreadable("the docker client cannot be started", "install Docker, then cres doctor", error);
	});
	if (made.exitCode === 0) return made.stdout.trim();
	throw unreadable(`docker makes no container of ${reference}: ${lastLine(made.stderr)}`, `docker pull ${reference}`);
}

const OURS = "give the digest of an image that cres build --push has made";

const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? "";

/** A file of an image that is missing, too large or not what was expected: sbom_unreadable. */
export const unreadable = (message: string, hint: string, cause?: unknown) =>
	new UserError("sbom_unreadable", message, { hint, cause });
