import type { Config } from "../config/config.ts";
import { withoutInstance } from "../config/edit.ts";
import { editConfig } from "../config/edit-file.ts";
import { asUserError } from "../errors/as-user-error.ts";
import { UserError } from "../errors/errors.ts";
import { forgetEndpoint, recordedEndpoint } from "../state/endpoints.ts";
import { pinnedHostKey, unpinHostKey } from "../state/host-keys.ts";
import { distrust } from "../state/known-hosts.ts";
import { readTextIfExists } from "../system/files.ts";
import type { Instance, Running } from "./instance.ts";

/** What `cres instance remove` returns under --json. */
export interface Removal {
	instance: string;
	outcome: "removed" | "planned";
	/** What is taken away, one thing a line. */
	removed: string[];
	/** What stays as it is, one thing a line. */
	left: string[];
}

export interface RemoveOptions {
	/** Although it runs something of ours, or does not answer. */
	force: boolean;
	dryRun: boolean;
}

/**
 * Takes an instance out of cres.yaml, and its host key and endpoint out of the records. Changes nothing on the instance.
 * @throws UserError instance_in_use unless forced, config_invalid where another part of cres.yaml refers to it
 */
export async function removeInstance(config: Config, instance: Instance, options: RemoveOptions): Promise<Removal> {
	const { name } = instance;
	const running = await seen(instance, options.force);
	if (!options.force) assertIdle(name, running, contractOf(instance));
	const text = (await readTextIfExists(config.file)) ?? "";
	if (withoutInstance(text, name) === undefined)
		throw new UserError("config_invalid", `${config.file} would not be valid without ${name}`, {
			hint: `another part of it refers to ${name}; remove the instance by hand`,
		});
	const removed = [`instances.${name} in ${config.file}`, ...(await recordsOf(config, name))];
	const left = leftOf(config, instance, running);
	if (options.dryRun) return { instance: name, outcome: "planned", removed, left };
	const contract = contractOf(instance);
	await unpinHostKey(config.state, name);
	await forgetEndpoint(config.state, name);
	await distrust(config.state, name, contract);
	// last of all: while cres.yaml names it, the command can be repeated
	await editConfig(config.file, (now) => withoutInstance(now, name) ?? now);
	return { instance: name, outcome: "removed", removed, left };
}

/** Undefined where it does not answer. */
async function seen(instance: Instance, force: boolean): Promise<Running | undefined> {
	try {
		return await instance.running(async () => []);
	} catch (error) {
		const failure = asUserError(error);
		if (!failure) throw error;
		if (force) return undefined;
		const { name } = instance;
		throw new UserError(
			"instance_in_use",
			`${name} does not tell whether it runs something of ours: ${failure.message}`,
			{
				hint: `cres instance remove ${name} --force, which asks nothing of it and leaves what runs`,
				cause: failure,
			},
		);
	}
}

function assertIdle(name: string, running: Running | undefined, contract: number | undefined): void {
	if (running?.holder) throw inUse(name, `is locked by ${running.holder.owner}: ${running.holder.purpose}`);
	if (!running?.container) return;
	const runs = `runs build ${running.container.buildId || "(unknown)"}`;
	if (contract === undefined) throw inUse(name, runs);
	throw new UserError("instance_in_use", `${name} ${runs}`, {
		hint: `cres stop ${name}, then cres instance remove ${name} --force; contract ${contract} stays rented`,
	});
}

const inUse = (name: string, why: string) =>
	new UserError("instance_in_use", `${name} ${why}`, {
		hint: `cres stop ${name}, then again; or cres instance remove ${name} --force, which leaves what runs`,
	});

async function recordsOf({ state }: Config, name: string): Promise<string[]> {
	const [pin, endpoint] = await Promise.all([pinnedHostKey(state, name), recordedEndpoint(state, name)]);
	return [
		...(pin ? [`its pinned host key ${pin.fingerprint}`] : []),
		...(endpoint ? [`its endpoint on record ${endpoint.host}:${endpoint.port}`] : []),
	];
}

function leftOf({ state }: Config, instance: Instance, running: Running | undefined): string[] {
	const contract = contractOf(instance);
	return [
		...(contract === undefined
			? []
			: [`contract ${contract}, which stays rented and is paid for until it is destroyed`]),
		...containersOf(running),
		`its releases and journals in ${state}`,
		"its entries in docs/PLAN.md and docs/Perimeter.md",
	];
}

function containersOf(running: Running | undefined): string[] {
	if (!running) return ["whatever runs on it: it did not answer"];
	if (running.container) return [`build ${running.container.buildId}, which runs and polls on`];
	return running.generation === null ? [] : ["its stopped container"];
}

const contractOf = ({ settings }: Instance): number | undefined => ("id" in settings ? settings.id : undefined);

/** What was taken away, and what was left. */
export const renderRemoval = ({ instance, outcome, removed, left }: Removal): string =>
	[
		outcome === "planned" ? `${instance}: would be removed:` : `${instance} is removed:`,
		...removed.map((one) => `  ${one}`),
		outcome === "planned" ? "would be left:" : "left:",
		...left.map((one) => `  ${one}`),
	].join("\n");
