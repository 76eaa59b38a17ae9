import { editOf } from "../facts/found.ts";
import type { Found } from "../triage-check.ts";
import type { Part } from "../workflows/part.ts";
import type { Manifest } from "./manifests.ts";
import { templateOf, titleOf } from "./workloads.ts";

/** A finding of one place; `to`: the value that stands there instead. */
export function fault(part: Part, message: string, say: string, to?: string): Found {
	const edit = to === undefined || part.text === undefined ? {} : editOf(part.file, part.line, part.text, to);
	return { message, evidence: [part.place], fix: { say, ...edit } };
}

/** A text as YAML reads it: not a number, not yes or no. */
export const isText = (part: Part): boolean =>
	part.quoted ||
	part.block ||
	part.text === undefined ||
	!/^(?:true|false|[-+]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|0x[\da-fA-F]+|0o[0-7]+)$/i.test(part.text);

/** Values of a ConfigMap, labels and annotations are texts. */
export function numbersForTexts(manifest: Manifest): Found[] {
	const { root, kind } = manifest;
	const data = kind === "ConfigMap" || kind === "Secret" ? ["data", "stringData"] : [];
	const template = templateOf(manifest);
	const maps = [
		...data.map((key) => ["the entry", root.get(key)] as const),
		...[root, ...(template === undefined || template === root ? [] : [template])].flatMap((part) => [
			["the label", part.get("metadata", "labels")] as const,
			["the annotation", part.get("metadata", "annotations")] as const,
		]),
	];
	return maps.flatMap(([what, map]) =>
		[...(map?.map ?? [])].flatMap(([key, part]) => (isText(part) ? [] : [notText(manifest, `${what} ${key}`, part)])),
	);
}

/** A finding: the part is a number or a truth value where Kubernetes wants a text. */
export const notText = (manifest: Manifest, what: string, part: Part): Found =>
	fault(
		part,
		`${what} of ${titleOf(manifest)} is ${part.text!} without quotes, and must be a text`,
		`write "${part.text!}"`,
		`"${part.text!}"`,
	);
