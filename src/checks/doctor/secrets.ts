import { stat } from "node:fs/promises";
import { join } from "node:path";
import { missingSecrets } from "../../config/config.ts";
import { doubtfulNames } from "../../config/doubtful.ts";
import type { Shell } from "../../system/shell.ts";
import { rightsTrouble, windowsRights } from "../../system/windows-rights.ts";
import { fail, ok, warn, type Check, type Verdict } from "./check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";
import { envCopies } from "./env-copies.ts";

const OTHERS = 0o077; // any right of group and others

/** Whether every secret has a value that nobody else may read. */
export const secretChecks = ({
	config,
	machine,
	shell,
}: Pick<DoctorPorts, "config" | "machine" | "shell">): Check[] => [
	{ name: "secrets", fix: "put the secrets of cres.yaml into .env", run: async () => secretVerdict(config) },
	{
		name: "mode of .env",
		fix: machine.platform === "win32" ? "icacls .env shows who can read it" : "chmod 600 .env",
		run: () => modeVerdict(join(config.root, ".env"), config.state, machine.platform === "win32" ? shell : undefined),
	},
	{ name: "names in env", fix: "look at env in cres.yaml", run: async () => namesVerdict(config) },
];

function secretVerdict(config: DoctorPorts["config"]): Verdict {
	const missing = missingSecrets(config);
	if (missing.length > 0)
		return fail(
			`without a value: ${missing.join(", ")}`,
			`put ${missing.map((name) => `${name}=…`).join(" and ")} into ${join(config.root, ".env")}`,
		);
	const sources = config.secrets.map((name) => {
		const source = config.environment.find((one) => one.name === name)?.source;
		return `${name} (${source})`;
	});
	return ok(sources.join(", ") || "no secrets in cres.yaml");
}

function namesVerdict(config: DoctorPorts["config"]): Verdict {
	const doubts = doubtfulNames(config);
	if (doubts.length === 0) return ok("none looks like a slip or a secret");
	return warn(
		doubts.join("; "),
		"correct a slip in cres.yaml; put a secret into .env, its name under secrets; leave a name of your own",
	);
}

/** @param windows its shell: there rights are asked for, and a mode says nothing */
async function modeVerdict(path: string, state: string, windows: Shell | undefined): Promise<Verdict> {
	const found = await stat(path).catch(() => undefined);
	if (!found) return ok("no .env file: only environment variables are read");
	const copies = await envCopies(state);
	const also = copies.length > 0 ? [`copies of it: ${copies.map((one) => one.path).join(", ")}`] : [];
	if (windows) {
		const trouble = rightsTrouble(await windowsRights(windows, [path, ...copies.map((one) => one.path)]));
		return trouble ? warn(trouble.observed, trouble.fix) : ok(["this user's alone", ...also].join("; "));
	}
	const mode = (found.mode & 0o777).toString(8).padStart(4, "0");
	const open = [{ path, mode: found.mode }, ...copies].filter((one) => one.mode & OTHERS).map((one) => one.path);
	if (open.length === 0) return ok([mode, ...also].join("; "));
	const shown = open[0] === path ? ` (${mode})` : "";
	return warn(`other users can read or change ${open.join(", ")}${shown}`, `chmod 600 ${open.join(" ")}`);
}
