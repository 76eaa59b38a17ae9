import { Args, Flags } from "@oclif/core";
import type { BackendPorts } from "../backend/ports.ts";
import type { BackendPlace } from "../backend/place.ts";
import { BaseCommand } from "./base-command.ts";

export const backendFile = Args.string({
	description:
		"Settings of the backend; default: backend.yaml, dev-config.yaml, or backend: in cres.yaml, of this directory.",
});

const END = "Seconds that a server gets to end by itself before it is killed";
const SECONDS = { min: 0, max: 600 };

export const timeout = Flags.integer({ summary: `${END}.`, default: 3, ...SECONDS });

export const drainTimeout = Flags.integer({
	summary: `${END}, with its requests and WebSockets; default 3, 30 for one of several instances.`,
	...SECONDS,
});

export const generateNginx = Flags.boolean({ summary: "Write the configuration of nginx again.", default: false });

export const validate = Flags.boolean({
	summary: "Have nginx check its configuration before anything is started, which is always done.",
	default: false,
});

/** A command about one backend. */
export abstract class BackendCommand extends BaseCommand {
	/** Its ports and its place. @throws UserError backend_config_missing (usage) */
	protected async backend(file: string | undefined): Promise<{ ports: BackendPorts; place: BackendPlace }> {
		const { findBackend } = await import("../backend/open.ts");
		const [machine, { progress }] = await Promise.all([this.machine(), this.talk()]);
		return { ports: machine.backend(progress), place: await findBackend(file, process.cwd()) };
	}
}
