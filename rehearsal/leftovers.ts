import { readFile, rm } from "node:fs/promises";
import type { Shell } from "../src/system/shell.ts";

/** Removes directories of a stopped Docker daemon with the bind mounts and network name spaces that it leaves in them. */
export async function removeDaemonFiles(shell: Shell, directories: readonly string[]): Promise<void> {
	await unmountUnder(shell, directories);
	for (const directory of directories) await rm(directory, { recursive: true, force: true });
}

/** A daemon that was killed leaves its containers' mounts; the next one mounts over them and can then remove neither. */
export async function unmountUnder(shell: Shell, directories: readonly string[]): Promise<void> {
	const mounts = (await readFile("/proc/mounts", "utf8")).split("\n").map((line) => line.split(" ")[1] ?? "");
	const ours = mounts.filter((path) => directories.some((root) => path === root || path.startsWith(`${root}/`)));
	for (const path of ours.toReversed()) await shell.run("umount", ["-l", path]);
}

/** The policy of the FORWARD chain, ACCEPT or DROP; a Docker daemon sets it to DROP. */
export async function forwardPolicy(shell: Shell): Promise<string> {
	const { stdout } = await shell.run("iptables", ["-S", "FORWARD"]);
	return /^-P FORWARD (\w+)$/m.exec(stdout)?.[1] ?? "ACCEPT";
}

/** Takes the rules, chains and bridge away that a Docker daemon left; everybody else's rules stay. */
export async function removeDockerNetwork(shell: Shell, policyBefore: string): Promise<void> {
	const { stdout, exitCode } = await shell.run("iptables-save", []);
	if (exitCode === 0) await shell.run("iptables-restore", [], { input: rulesWithoutDocker(stdout, policyBefore) });
	await shell.run("ip", ["link", "delete", "docker0"]);
}

/** The text of iptables-save without Docker's chains and rules. */
export const rulesWithoutDocker = (saved: string, policyBefore: string): string =>
	saved
		.split("\n")
		.filter((line) => !/\bDOCKER\b|\bDOCKER-|\bdocker0\b/.test(line))
		.map((line) => line.replace(/^:FORWARD \w+/, `:FORWARD ${policyBefore}`))
		.join("\n");
