import { systemdArgument, systemdWord } from "./arguments.ts";

export interface Unit {
	scope: "system" | "user";
	/** Absolute path of the program, and its arguments: cres itself. */
	program: string;
	args: readonly string[];
	directory: string;
	/** PATH of whoever installs: that of systemd lacks what they have added. */
	path: string;
	/** All that a boot may wait, in seconds. */
	timeoutS: number;
}

const HEADER = "# Made by cres control install; cres control uninstall removes it.";

/**
 * A unit that boots once at start-up and stays active, so that stopping it stops what it started. The services have
 * sessions of their own and are stopped by `cres control stop` alone: a boot that fails in part must not take the rest
 * with it, which is why systemd may end no process but the boot itself.
 * @see systemd.service(5), systemd.kill(5)
 */
export function unitText({ scope, program, args, directory, path, timeoutS }: Unit): string {
	const cres = [program, ...args].map(systemdArgument).join(" ");
	return [
		HEADER,
		"[Unit]",
		"Description=Control plane of cres",
		...(scope === "system" ? ["Wants=network-online.target", "After=network-online.target docker.service"] : []),
		"StartLimitIntervalSec=0",
		"",
		"[Service]",
		"Type=oneshot",
		"RemainAfterExit=yes",
		`WorkingDirectory=${directory.replaceAll("%", "%%")}`,
		`Environment=${systemdWord(`PATH=${path}`)}`,
		`ExecStart=${cres} "control" "boot"`,
		`ExecStop=${cres} "control" "stop"`,
		"KillMode=process",
		"Restart=on-failure",
		"RestartSec=60",
		`TimeoutStartSec=${timeoutS}`,
		"",
		"[Install]",
		`WantedBy=${scope === "system" ? "multi-user.target" : "default.target"}`,
		"",
	].join("\n");
}
