import { join } from "node:path";
import { readTextIfExists, withFileLock, writeTextAtomic } from "../system/files.ts";

/** What OpenSSH is told to trust: one line for each instance, under a name of our own. */
export const knownHostsPath = (root: string): string => join(root, ".cres", "known_hosts");

/** Names the container's life and not its address: the address may be somebody else's tomorrow. */
export const vastAlias = (contract: number, generation: number): string => `vast-${contract}-g${generation}`;

export const dockerAlias = (instance: string): string => `cres-${instance}`;

/** A known_hosts text (sshd(8)) with the key of one alias; lines of it and of the contract's earlier lives go. */
export function withHostKey(text: string, alias: string, publicKey: string): string {
	const life = /^(vast-\d+-g)\d+$/.exec(alias)?.[1];
	const isReplaced = (line: string): boolean => {
		const name = line.split(" ")[0]!;
		return name === alias || (life !== undefined && name.startsWith(life));
	};
	const wanted = `${alias} ${publicKey}`;
	const lines = text.split(/\r?\n/).filter((line) => line !== "");
	const kept = lines.filter((line) => line === wanted || !isReplaced(line));
	return `${[...kept, ...(kept.includes(wanted) ? [] : [wanted])].join("\n")}\n`;
}

/** Writes the key of an alias; nothing when it is there. */
export async function trust(root: string, alias: string, publicKey: string): Promise<void> {
	const path = knownHostsPath(root);
	await withFileLock(`${path}.lock`, async () => {
		const text = (await readTextIfExists(path)) ?? "";
		const next = withHostKey(text, alias, publicKey);
		if (next !== text) await writeTextAtomic(path, next, 0o600);
	});
}
