import { join } from "node:path";
import { readTextIfExists } from "../system/files.ts";
import { writeDurably } from "../system/durable-files.ts";
import { withLock } from "./lock.ts";

/** What OpenSSH is told to trust: one line for each instance, under a name of our own. */
export const knownHostsPath = (state: string): string => join(state, "known_hosts");

/** Names the container's life and not its address: the address may be somebody else's tomorrow. */
export const vastAlias = (contract: number, generation: number): string => `vast-${contract}-g${generation}`;

/** Names a Docker host by its instance: its key outlives its containers. */
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

/** A known_hosts text without the keys of an instance: its own alias, and every life of its contract. */
function withoutInstanceKeys(text: string, instance: string, contract: number | undefined): string {
	const isGone = (line: string): boolean => {
		const name = line.split(" ")[0]!;
		return name === dockerAlias(instance) || (contract !== undefined && name.startsWith(`vast-${contract}-g`));
	};
	return text
		.split("\n")
		.filter((line) => !isGone(line))
		.join("\n");
}

/**
 * Takes the keys of an instance away. False when there were none.
 * @throws UserError lease_held (busy) when another process keeps the file locked
 */
export async function distrust(state: string, instance: string, contract: number | undefined): Promise<boolean> {
	const path = knownHostsPath(state);
	const before = (await readTextIfExists(path)) ?? "";
	if (withoutInstanceKeys(before, instance, contract) === before) return false;
	await withLock(`${path}.lock`, async () => {
		const text = (await readTextIfExists(path)) ?? "";
		await writeDurably(path, withoutInstanceKeys(text, instance, contract), { mode: 0o600 });
	});
	return true;
}

/**
 * Writes the key of an alias; nothing when it is there.
 * @throws UserError lease_held (busy) when another process keeps the file locked
 */
export async function trust(state: string, alias: string, publicKey: string): Promise<void> {
	const path = knownHostsPath(state);
	await withLock(`${path}.lock`, async () => {
		const text = (await readTextIfExists(path)) ?? "";
		const next = withHostKey(text, alias, publicKey);
		if (next !== text) await writeDurably(path, next, { mode: 0o600 });
	});
}
