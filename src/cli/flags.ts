import { Args, Flags } from "@oclif/core";
import type { Config } from "../config/config.ts";
import { UserError } from "../errors/errors.ts";
import { instanceConfig } from "../instances/find.ts";
import { shellWord } from "../system/text.ts";

export const instance = Args.string({ required: true, description: "Name of an instance in cres.yaml." });

export const watch = Flags.boolean({ summary: "Look again every 2 s until Ctrl-C.", default: false });

export const dryRun = Flags.boolean({ summary: "Say what would be done, change nothing.", default: false });

export const yes = Flags.boolean({ char: "y", summary: "Do it without asking." });

export const keep = Flags.integer({
	summary: "Releases of each instance whose images stay. Default: rollout.retain of cres.yaml.",
	min: 2,
});

export const acceptHostKey = Flags.boolean({
	summary: "Take the host key of a Vast instance at a new address although its log does not name it.",
	default: false,
});

export const channel = Flags.string({
	summary: "The image that a channel resolves to, such as stable. It has to be attested.",
});

export const allowUnattested = Flags.boolean({
	summary: "Take the image of a channel without a valid attestation. docs/PLAN.md says so.",
	default: false,
});

export const instances = Args.string({ description: "Names of instances in cres.yaml, one or several." });

/**
 * The instances that were named, or all, each once, the canary first.
 * @throws UserError usage when there are names beside --all; no_instance, unknown_instance, unknown_canary (usage)
 */
export function pickInstances(
	{ instances: known }: Pick<Config, "instances">,
	named: readonly string[],
	{ all, canary }: { all?: boolean; canary?: string | undefined },
): string[] {
	if (all && named.length > 0)
		throw new UserError("usage", `--all takes no names, and was given ${named.map(shellWord).join(", ")}`, {
			hint: "name instances, or give --all alone",
		});
	const names = [...new Set(all ? Object.keys(known) : named)];
	if (names.length === 0)
		throw new UserError("no_instance", "no instance was named", {
			hint: `name some of ${Object.keys(known).join(", ") || "cres.yaml (it has none)"}, or give --all`,
		});
	if (names.includes("all") && !Object.hasOwn(known, "all"))
		throw new UserError("unknown_instance", "no instance is called all", { hint: "did you mean --all?" });
	for (const name of names) instanceConfig({ instances: known }, name);
	if (canary !== undefined && !names.includes(canary))
		throw new UserError("unknown_canary", `${canary} is not among ${names.join(", ")}`, {
			hint: "--canary takes one of the instances that are rolled",
		});
	return canary === undefined ? names : [canary, ...names.filter((name) => name !== canary)];
}

/** @throws UserError replace_several (usage) */
export function assertOne([first, ...others]: readonly string[]): void {
	if (others.length === 0) return;
	const hint = `cres deploy ${first} --replace`;
	throw new UserError("replace_several", "--replace destroys a contract: it takes one instance at a time", { hint });
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** `90s`, `30m`, `2h` as milliseconds. @throws UserError usage */
export function milliseconds(text: string, flag: string): number {
	const [, count, unit] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
	if (unit !== undefined) return Number(count) * UNITS[unit]!;
	throw new UserError("usage", `${flag} ${text} is no duration`, { hint: `write it as in ${flag} 30m or ${flag} 90s` });
}
