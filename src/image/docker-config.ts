import { rmSync } from "node:fs";
import { access, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { RegistryCredential } from "../registry/auth.ts";
import { loginServer } from "../system/docker-hub.ts";
import { dockerFolder } from "../system/child-environment.ts";
import { readText } from "../system/files.ts";

/** Who may pull the image below. */
export interface Login {
	/** Registry host. */
	host: string;
	credential: RegistryCredential;
}

/** A directory of one build, with its process in the name. */
interface BuildDirectory extends AsyncDisposable {
	path: string;
}

const PREFIX = "cres-build-";

/**
 * Makes it for its owner alone. It is removed when it is disposed of and when this process ends in any way but by
 * kill -9; what such a process left behind is removed here.
 */
export async function buildDirectory(): Promise<BuildDirectory> {
	await sweep();
	const path = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`)); // mode 0700
	const atExit = () => {
		try {
			rmSync(path, { recursive: true, force: true });
		} catch {} // a client that still runs holds a file: the next build removes it
	};
	process.on("exit", atExit);
	return {
		path,
		async [Symbol.asyncDispose]() {
			process.off("exit", atExit);
			await rm(path, { recursive: true, force: true });
		},
	};
}

/** Of processes that are gone; another user's cannot be removed, which is that user's affair. */
async function sweep(): Promise<void> {
	const folder = tmpdir();
	for (const name of await readdir(folder).catch(() => [])) {
		const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
		if (pid !== undefined && !runs(Number(pid)))
			await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
	}
}

function runs(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code !== "ESRCH";
	}
}

/** Parts of the client's directory that a build needs too. */
const FOLDERS = ["contexts", "buildx", "cli-plugins"];

/**
 * The user's own client configuration with one more login, because argv and the user's files are no place for the
 * credential: other logins, helpers, proxies, contexts and builders stay as they are.
 * @returns the environment that makes the client use it
 */
export async function writeDockerConfig(
	directory: string,
	{ host, credential }: Login,
): Promise<Record<string, string>> {
	const own = resolve(dockerFolder());
	const auth = Buffer.from(`${credential.username}:${credential.password.reveal()}`).toString("base64");
	const settings = withLogin(await readSettings(join(own, "config.json")), host, auth);
	await writeFile(join(directory, "config.json"), JSON.stringify(settings), { mode: 0o600 });
	for (const name of FOLDERS)
		await access(join(own, name))
			.then(() => symlink(join(own, name), join(directory, name), "junction"))
			.catch(() => {}); // a client without that folder needs none
	return { DOCKER_CONFIG: directory };
}

type Settings = Record<string, unknown>;

/** An empty helper means the file itself (docker/cli, cli/config/configfile, getConfiguredCredentialStore). */
export const withLogin = (settings: Settings, host: string, auth: string): Settings => ({
	...settings,
	auths: { ...objectIn(settings["auths"]), [loginServer(host)]: { auth } },
	credHelpers: { ...objectIn(settings["credHelpers"]), [loginServer(host)]: "" },
});

async function readSettings(path: string): Promise<Settings> {
	try {
		return objectIn(JSON.parse(await readText(path)));
	} catch {
		return {}; // as the client has none, or cannot read it either
	}
}

const objectIn = (value: unknown): Settings =>
	typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Settings) : {};
