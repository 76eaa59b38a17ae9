import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { UserError } from "../errors/errors.ts";
import { gatewayText } from "./gateway.ts";
import { configFault, findNginx, gatewayPlace } from "./nginx.ts";
import { readSettings } from "./open.ts";
import type { BackendPlace } from "./place.ts";
import type { BackendPorts } from "./ports.ts";

export interface GatewayOutput {
	/** Null: it was not written. */
	file: string | null;
	text: string;
	/** Null: nginx was not asked. */
	valid: boolean | null;
}

/**
 * The configuration of a backend's gateway, as a start would make it; written to `output` where that is given.
 * @throws UserError of the settings; with `validate` backend_nginx_missing, backend_nginx_invalid
 */
export async function gatewayOutput(
	ports: BackendPorts,
	place: BackendPlace,
	{ output, validate }: { output?: string | undefined; validate: boolean },
): Promise<GatewayOutput> {
	const settings = await readSettings(place);
	const found = findNginx(ports, settings, place.root);
	const nginx = validate ? await found : await found.catch(() => ({ program: "nginx", version: "0.0.0" }));
	const text = gatewayText(settings, gatewayPlace(place, nginx));
	const file = output === undefined ? null : resolve(output);
	const written = file ?? join(place.directory, "nginx.check.conf");
	if (file !== null || validate) {
		await mkdir(dirname(written), { recursive: true });
		await writeFile(written, text, { mode: 0o600 });
	}
	if (validate) {
		await mkdir(join(place.directory, "tmp"), { recursive: true });
		await mkdir(place.logs, { recursive: true });
		const fault = await configFault(ports, nginx, written, place.directory);
		if (fault !== undefined) throw new UserError("backend_nginx_invalid", `nginx refuses ${written}:\n${fault}`);
	}
	return { file, text, valid: validate ? true : null };
}
