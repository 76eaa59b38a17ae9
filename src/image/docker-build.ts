import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../errors/errors.ts";
import type { RegistryCredential } from "../registry/auth.ts";
import type { Shell } from "../system/shell.ts";
import { buildArguments, type BuildSpec, type DockerClient } from "./docker-cli.ts";
import { lastOutput, stageOf } from "./progress-lines.ts";

const KEPT_LINES = 200;
const SHOWN_LINES = 12;

/** Who may pull the image below. */
interface Login {
	/** Registry host. */
	host: string;
	credential: RegistryCredential;
}

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
	const directory = await mkdtemp(join(tmpdir(), "cres-build-")); // mode 0700
	try {
		const idFile = join(directory, "id");
		const env = { ...docker.env, ...(job.login ? await dockerConfig(directory, docker, job.login) : {}) };
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
	} finally {
		await rm(directory, { recursive: true, force: true });
	}
}

/** A client configuration of its own, because argv and the user's configuration are no place for a credential. */
async function dockerConfig(directory: string, docker: DockerClient, { host, credential }: Login) {
	const auth = Buffer.from(`${credential.username}:${credential.password.reveal()}`).toString("base64");
	const settings = { auths: { [host]: { auth } }, cliPluginsExtraDirs: [join(homedir(), ".docker", "cli-plugins")] };
	await writeFile(join(directory, "config.json"), JSON.stringify(settings), { mode: 0o600 });
	return { DOCKER_CONFIG: directory, DOCKER_HOST: docker.host };
}

function buildFailed({ dockerfile }: BuildJob, stage: string, lines: readonly string[]): UserError {
	const own = lastOutput(lines, SHOWN_LINES);
	const shown = own.length > 0 ? own : lines.filter((line) => line.trim() !== "").slice(-SHOWN_LINES);
	return new UserError("build_failed", `${dockerfile} failed at ${stage}\n${shown.join("\n")}`, {
		hint: `correct ${dockerfile} or what it needs (network, --ca-bundle), then the same command again`,
	});
}
