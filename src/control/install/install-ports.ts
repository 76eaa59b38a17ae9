import type { Config } from "../../config/config.ts";
import type { Clock } from "../../system/clock.ts";
import type { Shell } from "../../system/shell.ts";
import type { Logon } from "./logon.ts";

/** What an install talks to, and the facts of this machine. */
export interface InstallPorts {
	config: Pick<Config, "file" | "root" | "state" | "control" | "temporal" | "store" | "temporalTls" | "secret">;
	shell: Shell;
	clock: Pick<Clock, "now">;
	platform: NodeJS.Platform;
	/** Node's own program. */
	node: string;
	/** PATH of this process. */
	path: string;
	/** Where units of systemd lie. */
	unitFolders: { system: string; user: string };
	/** The user has every right on a POSIX system. */
	isRoot: boolean;
}

export interface InstallOptions {
	/** Absolute path of bin/run.js. */
	entry: string;
	dryRun: boolean;
	/** Windows. */
	logon: Logon;
	/** Takes the place of a task or unit that this cres.yaml did not register; uninstall puts a task back. */
	replace: boolean;
	/** Linux: for this user alone. */
	user: boolean;
}

/** What an install or uninstall did, or with `--dry-run` would do. */
export interface InstallReport {
	outcome: "installed" | "removed" | "planned";
	kind: "task-scheduler" | "systemd";
	/** Of the task or the unit. */
	name: string;
	/** In the order in which it is done. */
	steps: string[];
	/** Text of the task or unit; null when it is removed. */
	text: string | null;
	/** As whom it runs. */
	means: string | null;
	forbids: string | null;
	/** What a person has to do or to know. */
	notes: string[];
}
