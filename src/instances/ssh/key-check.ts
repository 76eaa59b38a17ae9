import { stat } from "node:fs/promises";
import { fail, ok, type Check, type Verdict } from "../../checks/doctor/check.ts";
import { codeOf } from "../../errors/errors.ts";
import type { Shell } from "../../system/shell.ts";
import { rightsTrouble, windowsRights } from "../../system/windows-rights.ts";
import { keyFile } from "./key-file.ts";

const OTHERS = 0o077; // any right of group and others

/** Where the key lies. */
interface KeyMachine {
	platform: NodeJS.Platform;
	/** Windows is asked for the rights of a file. */
	shell: Shell;
}

/** Whether the private key of an instance is there, and is nobody else's. `key` as cres.yaml has it. */
export const keyCheck = (
	{ name, settings: { key }, config }: { name: string; settings: { key: string }; config: { root: string } },
	{ platform, shell }: KeyMachine,
): Check => ({
	name: `ssh key of ${name}`,
	fix: `set instances.${name}.key in cres.yaml to your private key file`,
	run: async () =>
		keyVerdict({ name, path: key, file: keyFile(config.root, key) }, platform === "win32" ? shell : undefined),
});

interface Key {
	/** Of the instance. */
	name: string;
	/** As cres.yaml has it, and absolute. */
	path: string;
	file: string;
}

/** @param windows its shell: there rights are asked for, and a mode says nothing */
async function keyVerdict({ name, path, file }: Key, windows: Shell | undefined): Promise<Verdict> {
	const fix = `set instances.${name}.key in cres.yaml to your private key file, or make one: ssh-keygen -t ed25519 -f ${path}`;
	const found = await stat(file).catch((error: unknown) => codeOf(error) ?? "unknown");
	if (typeof found === "string") return fail(`${path} cannot be read (${found})`, fix);
	if (!found.isFile()) return fail(`${path} is not a file`, fix);
	if (windows) {
		const trouble = rightsTrouble(await windowsRights(windows, [file]));
		return trouble ? fail(trouble.observed, trouble.fix) : ok(`${path} (this user's alone)`);
	}
	const mode = (found.mode & 0o777).toString(8).padStart(4, "0");
	return found.mode & OTHERS
		? fail(`other users can read or change ${path} (${mode})`, `chmod 600 ${path}`)
		: ok(`${path} (${mode})`);
}
