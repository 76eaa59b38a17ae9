import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { UserError, messageOf } from "../errors/errors.ts";
import { makeFolder } from "../system/files.ts";
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

export interface GatewayOptions {
	/** A file to write it to. */
	output?: string | undefined;
	/** Have nginx check it. */
	validate: boolean;
}

/**
 * The configuration of a backend's gateway, as a start would make it; written to `output` where that is given.
 * @throws UserError of the settings, backend_gateway_unwritable; with `validate` backend_nginx_missing, backend_nginx_invalid
 */
export async function gatewayOutput(
	ports: BackendPorts,
	place: BackendPlace,
	{ output, validate }: GatewayOptions,
): Promise<GatewayOutput> {
	const settings = await readSettings(place);
	const found = findNginx(ports, settings, place.root);
	const nginx = validate ? await found : await found.catch(() => ({ program: "nginx", version: "0.0.0" }));
	const text = gatewayText(settings, gatewayPlace(place, nginx));
	const file = output === undefined ? null : resolve(output);
	if (file !== null) await write(file, text);
	if (validate) {
		await makeFolder(join(place.directory, "tmp"));
		await makeFolder(place.logs);
		const asked = file ?? join(place.directory, "nginx.check.conf");
		if (file === null) await write(asked, text);
		const fault = await configFault(ports, nginx, asked, place.directory);
		if (fault !== undefined) throw new UserError("backend_nginx_invalid", `nginx refuses ${asked}:\n${fault}`);
	}
	return { file, text, valid: validate ? true : null };
}

async function write(file: string, text: string): Promise<void> {
	try {
		await writeFile(file, text, { mode: 0o600 });
	} catch (cause) {
		throw new UserError("backend_gateway_unwritable", `${file} cannot be written: ${messageOf(cause)}`, {
			hint: "name another file with -o, in a folder that is there",
			cause,
		});
	}
}
