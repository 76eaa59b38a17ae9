import type { FilePlace } from "../triage-check.ts";
import { buildsOf, type Build } from "./builds.ts";
import { dockerCall } from "./docker.ts";
import type { Job, Step } from "./model.ts";
import { argumentsOf, scriptOf } from "./script.ts";
import { asExpressions, filled } from "./tags.ts";

/** A tag that a step uses, of an image that its job builds under others alone. */
export interface Unmade {
	used: string;
	step: Step;
	place: FilePlace;
	made: { text: string; place: FilePlace };
}

const plain = (text: string, step: Step): string => asExpressions(filled(text, step)).replaceAll(/["']/g, "");

/** Asks a registry, and not the daemon that holds what was built. */
const ASKS_REGISTRY = /^(?:pull|manifest|imagetools|login|rmi|rm|prune|compose)$/;

/** Of a job that builds into its daemon: what it builds under one tag and then tests or pushes under another one. */
export function unmadeTags(job: Job): Unmade[] {
	const builds = buildsOf(job);
	if (builds.length === 0 || builds.some(isOpen)) return [];
	const made = builds.flatMap(({ tags, step }) =>
		tags.map(({ text, place }) => ({ text: plain(text, step), place, index: step.index })),
	);
	const known = new Set([...made.map(({ text }) => text), ...retagged(job)]);
	return job.steps.flatMap((step): Unmade[] => {
		const script = scriptOf(step);
		return (script?.commands ?? []).flatMap((command) => {
			const verb = dockerCall(command)?.verb ?? "";
			if (verb === "build" || verb === "tag" || ASKS_REGISTRY.test(verb)) return [];
			return argumentsOf(command).flatMap((word): Unmade[] => {
				const used = plain(script!.raw(word), step);
				const own = made.find((one) => one.index < step.index && isAlike(one.text, used));
				return own === undefined || known.has(used)
					? []
					: [{ used, step, place: script!.place(word.start), made: own }];
			});
		});
	});
}

/** It is pushed, so that a registry may have more of its tags, or its tags are computed by another step. */
const isOpen = ({ push, tags, outputs, step }: Build): boolean =>
	push !== undefined ||
	outputs !== undefined ||
	tags.length === 0 ||
	tags.some(({ text }) => /steps\.|inputs\./.test(text) || isComputed(plain(text, step)));

const isComputed = (text: string): boolean => /[$`](?!\{\{)/.test(text);

/** One image, and both tags of the commit, or an image without a registry. */
function isAlike(made: string, used: string): boolean {
	const [name, tag] = partsOf(made);
	const [other, used2] = partsOf(used);
	if (name !== other || tag === used2 || name === "" || used2 === "" || isComputed(used)) return false;
	return !name.includes("/") || (tag.includes("github.sha") && used2.includes("github.sha"));
}

const partsOf = (text: string): [name: string, tag: string] => {
	const [, name = "", tag = ""] = /^([\w./-]+(?:\/[^:]+)?):([^\s/]*(?:\$\{\{[^}]*\}\}[^\s/]*)*)$/.exec(text) ?? [];
	return [name, tag];
};

const retagged = (job: Job): string[] =>
	job.steps.flatMap((step) => {
		const script = scriptOf(step);
		return (script?.commands ?? []).flatMap((command) => {
			const call = dockerCall(command);
			return call?.verb === "tag" ? call.rest.slice(1).map((word) => plain(script!.raw(word), step)) : [];
		});
	});
