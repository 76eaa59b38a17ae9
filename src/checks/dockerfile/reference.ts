import type { DockerModel, Stage } from "./model.ts";

interface Reference {
	name: string;
	tag: string | undefined;
	digest: string | undefined;
}

/** distribution/reference: a domain, lower-case path, tag and digest. Undefined for what Docker calls an invalid reference. */
export function referenceOf(text: string): Reference | undefined {
	const found =
		/^((?:(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*)(?::(\w[\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(
			text,
		);
	return found === null ? undefined : { name: found[1]!, tag: found[2], digest: found[3] };
}

/** A base with the defaults of the file's build arguments put in; `computed` when one of them has none. */
export function baseOf({ globals }: DockerModel, { base }: Stage): { text: string; computed: boolean } {
	let computed = false;
	const text = base.replaceAll(
		/\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))/g,
		(_, braced: string | undefined, otherwise: string | undefined, bare: string | undefined) => {
			const value = globals.get(braced ?? bare!)?.value ?? otherwise;
			if (value === undefined || value === "") computed = true;
			return value ?? "";
		},
	);
	return { text: text.replaceAll(/^"|"$/g, ""), computed };
}
