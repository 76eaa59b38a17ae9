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

/** The firewall as it is, for removeDockerNetwork; empty where there is none. */
export async function savedRules(shell: Shell): Promise<string> {
	const { stdout, exitCode } = await shell.run("iptables-save", []);
	return exitCode === 0 ? stdout : "";
}

/** Takes the rules, chains and bridge away that a Docker daemon left; what was `before` it, and everybody else's, stays. */
export async function removeDockerNetwork(
	shell: Shell,
	{ policy, rules }: { policy: string; rules: string },
): Promise<void> {
	const now = await savedRules(shell);
	if (now !== "") await shell.run("iptables-restore", [], { input: rulesWithoutDocker(now, policy, rules) });
	if (!rules.includes(BRIDGE)) await shell.run("ip", ["link", "delete", BRIDGE]);
}

/** Chains that Docker makes (docs.docker.com/engine/network/packet-filtering-firewalls). */
const CHAIN = /^DOCKER(?:-[A-Z0-9-]+)?$/;
/** The one among them that is for the rules of people. */
const OF_PEOPLE = "DOCKER-USER";
const BRIDGE = "docker0";

/**
 * The text of iptables-save without Docker's chains and rules. A line that was there `before` Docker stays, and so does
 * a rule that people put into DOCKER-USER.
 */
export function rulesWithoutDocker(saved: string, policyBefore: string, before = ""): string {
	const known = new Set(tabled(before).map(({ key }) => key));
	const lines = tabled(saved);
	const ofPeople = (line: string) =>
		line.startsWith(`-A ${OF_PEOPLE} `) && !line.startsWith(`-A ${OF_PEOPLE} -j RETURN`);
	const tablesOfPeople = new Set(lines.filter(({ line }) => ofPeople(line)).map(({ table }) => table));
	const stays = ({ line, key, table }: Tabled): boolean => {
		if (known.has(key) || !isDockers(line)) return true;
		return tablesOfPeople.has(table) && (ofPeople(line) || new RegExp(`^:${OF_PEOPLE} |-j ${OF_PEOPLE}$`).test(line));
	};
	return lines
		.filter(stays)
		.map(({ line }) => line.replace(/^:FORWARD \w+/, `:FORWARD ${policyBefore}`))
		.join("\n");
}

interface Tabled {
	line: string;
	/** `*nat` */
	table: string;
	/** The same for the same line of the same table, whatever its counters. */
	key: string;
}

function tabled(saved: string): Tabled[] {
	let table = "";
	return saved.split("\n").map((line) => {
		if (line.startsWith("*")) table = line;
		return { line, table, key: `${table} ${line.replace(/ \[\d+:\d+\]$/, "")}` };
	});
}

/** Whether a line makes a chain of Docker's, stands in one, leads to one, or is about its bridge; a comment counts for nothing. */
function isDockers(line: string): boolean {
	const words = line.replaceAll(/--comment (?:"(?:[^"\\]|\\.)*"|\S+)/g, "").split(" ");
	const [first = "", chain = ""] = words;
	if (first.startsWith(":")) return CHAIN.test(first.slice(1));
	if (first !== "-A") return false;
	const after = (flags: readonly string[]) => words.filter((_, at) => flags.includes(words[at - 1] ?? ""));
	const leads = after(["-j", "-g"]).some((target) => CHAIN.test(target));
	return CHAIN.test(chain) || leads || after(["-i", "-o"]).includes(BRIDGE);
}
