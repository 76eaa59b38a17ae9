import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors/errors.ts";
import type { Shell } from "../system/shell.ts";
import { buildDirectory, writeDockerConfig, type Login } from "./docker-config.ts";
import { buildArguments, type BuildSpec, type DockerClient } from "./docker-cli.ts";
import { lastOutput, stageOf } from "./progress-lines.ts";

const KEPT_LINES = 200;
const SHOWN_LINES = 12;

export interface BuildJob extends Omit<BuildSpec, "idFile"> {
	/** The build context as a tar, with the Dockerfile in it. */
	tar: Buffer;
	login: Login | undefined;
}

/**
 * Builds an image on the daemon and returns its id, which is no digest of a registry. Ctrl-C ends the client; its
 * files, credential included, are always removed.
 * @throws UserError build_failed with the stage and the last lines of its output
 */
export async function dockerBuild(
	shell: Shell,
	docker: DockerClient,
	job: BuildJob,
	report: (text: string) => void,
	signal: AbortSignal,
): Promise<string> {
	await using directory = await buildDirectory();
	const idFile = join(directory.path, "id");
	const env = { ...docker.env, ...(job.login ? await writeDockerConfig(directory.path, job.login) : {}) };
	const lines: string[] = [];
	let stage = "its first step";
	const onLine = (line: string) => {
		lines.push(line);
		if (lines.length > KEPT_LINES) lines.shift();
		const next = stageOf(line);
		if (next) report((stage = next));
	};
	const argv = buildArguments({ ...job, idFile });
	const { exitCode, stderr } = await shell.run(docker.file, argv, { env, input: job.tar, onLine, signal });
	if (exitCode !== 0) throw buildFailed(job, stage, stderr.split("\n"));
	return (await readFile(idFile, "utf8")).trim();
}

function buildFailed({ dockerfile }: BuildJob, stage: string, lines: readonly string[]): UserError {
	const own = lastOutput(lines, SHOWN_LINES);
	const shown = own.length > 0 ? own : lines.filter((line) => line.trim() !== "").slice(-SHOWN_LINES);
	return new UserError("build_failed", `${dockerfile} failed at ${stage}\n${shown.join("\n")}`, {
		hint: `correct ${dockerfile} or what it needs (network, --ca-bundle), then the same command again`,
	});
}
