import { stat } from "node:fs/promises";
import { fail, ok, type Check, type Verdict } from "../../checks/doctor/check.ts";
import { codeOf } from "../../errors/errors.ts";
import { keyFile } from "./key-file.ts";

const OTHERS = 0o077; // any right of group and others

/** Whether the private key of an instance is there, and is nobody else's. `key` as cres.yaml has it. */
export const keyCheck = (
	{ name, settings: { key }, config }: { name: string; settings: { key: string }; config: { root: string } },
	platform: NodeJS.Platform,
): Check => ({
	name: `ssh key of ${name}`,
	fix: `set instances.${name}.key in cres.yaml to your private key file`,
	run: async () => keyVerdict(name, key, keyFile(config.root, key), platform),
});

async function keyVerdict(name: string, path: string, file: string, platform: NodeJS.Platform): Promise<Verdict> {
	const fix = `set instances.${name}.key in cres.yaml to your private key file, or make one: ssh-keygen -t ed25519 -f ${path}`;
	const found = await stat(file).catch((error: unknown) => codeOf(error) ?? "unknown");
	if (typeof found === "string") return fail(`${path} cannot be read (${found})`, fix);
	if (!found.isFile()) return fail(`${path} is not a file`, fix);
	if (platform === "win32") return ok(`${path}; to see that only you may read it: icacls "${file}"`);
	const mode = (found.mode & 0o777).toString(8).padStart(4, "0");
	return found.mode & OTHERS
		? fail(`other users can read or change ${path} (${mode})`, `chmod 600 ${path}`)
		: ok(`${path} (${mode})`);
}
