import { UserError } from "../../errors/errors.ts";
import { hasSsh } from "../../vast/endpoint-of.ts";
import { labelFor, placeOf } from "../../vast/label.ts";
import type { Contract } from "../../vast/vast.ts";
import { parseNewLabel } from "./replace/new-label.ts";

/** Where a contract stands, as far as a rollout has to know. */
export type Condition = "up" | "on-its-way" | "pull-failed" | "stopped" | "silent" | "ended";

/** Words of the platform's daemon for what never mends itself (Vast's own QA tool looks for the same). */
const BAD_WORDS = [
	"error response from daemon",
	"failed to pull image",
	"failed to register layer",
	"no space left on device",
	"manifest unknown",
	"unauthorized",
	"access denied",
	"unexpected eof",
	"oci runtime create failed",
	"port is already allocated",
	"error writing dockerfile",
];

/** The line of a host's message that says why a container cannot come up; undefined when it says no such thing. */
export const badNews = (message: string | null): string | undefined =>
	message
		?.split("\n")
		.find((line) => BAD_WORDS.some((words) => line.toLowerCase().includes(words)))
		?.trim();

/** A state that is not known counts as silence, never as health. A failed pull stays `loading`. */
export function conditionOf({ actual, intended, statusMessage }: Contract): Condition {
	switch (actual) {
		case "running":
			return intended === "running" ? "up" : "stopped";
		case null:
		case "created":
		case "loading":
			if (badNews(statusMessage) !== undefined) return "pull-failed";
			return intended === "stopped" ? "pull-failed" : "on-its-way";
		case "recycling":
		case "rebooting":
		case "restarting":
			return intended === "stopped" ? "stopped" : "on-its-way";
		case "stopped":
		case "scheduling":
			return "stopped";
		case "exited":
		case "frozen":
		case "destroyed":
			return "ended";
		default:
			return "silent";
	}
}

/** @throws UserError contract_gone, not_ours, fixed_at_create: what no rollout may or can change */
export function assertOurs(contract: Contract | undefined, project: string, instance: string, id: number): Contract {
	if (!contract)
		throw new UserError("contract_gone", `contract ${id} of ${instance} is gone: Vast knows no such instance`, {
			hint: `cres instance adopt ${instance} --vast-id <another one>, or cres deploy ${instance} --replace to rent one`,
		});
	if (placeOf(contract.label) !== labelFor(project, instance)) throw notOurs(contract, project, instance);
	if (hasSsh(contract)) return contract;
	throw new UserError(
		"fixed_at_create",
		`contract ${id} has the run type "${contract.runtype}", which has no ssh; run type, ports and login are fixed when a contract is made`,
		{ hint: `cres deploy ${instance} --replace destroys it and rents another one` },
	);
}

/** Why a contract is left alone whose label is not the instance's. */
export function notOurs({ id, label }: Contract, project: string, instance: string): UserError {
	const cutOff = parseNewLabel(label, project, instance) !== undefined;
	return new UserError(
		"not_ours",
		`contract ${id} has the label ${label === null ? "none" : `"${label}"`}, not "${labelFor(project, instance)}"; nothing was done`,
		{
			hint: cutOff
				? `cres deploy ${instance} --replace ends what was interrupted`
				: `if it is meant: cres instance adopt ${instance} --vast-id ${id}`,
		},
	);
}

/** Why a contract in this condition cannot be rolled, or be waited for; it says the state and what to type next. */
export function standing(
	instance: string,
	contract: Contract,
	condition: Exclude<Condition, "up" | "on-its-way">,
): UserError {
	const { id, actual, intended, statusMessage } = contract;
	const is = `contract ${id} of ${instance} is ${actual ?? "not started"} (${intended} was asked for)`;
	const news = badNews(statusMessage);
	switch (condition) {
		case "pull-failed":
			return new UserError("pull_failed", `${is}: ${news ?? "the host gave up making the container"}`, {
				hint: `correct that, or wait if it is the host's fault; then cres deploy ${instance}`,
			});
		case "stopped":
			return new UserError(
				"contract_stopped",
				`${is}: outbid, out of credit, or stopped by somebody; its GPU is free for others`,
				{
					hint: `cres start ${instance}, then cres deploy ${instance}`,
				},
			);
		case "silent":
			return new UserError(
				"host_silent",
				`${is}: its host does not answer the platform; nothing is changed meanwhile`,
				{
					hint: `wait, then cres deploy ${instance}; cres instance list shows whether it is back`,
				},
			);
		case "ended":
			return new UserError("container_ended", `${is}: ${news ?? "the container ended by itself"}`, {
				hint: `cres logs ${instance}, then cres deploy ${instance}`,
			});
	}
}
