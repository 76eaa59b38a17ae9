import { leaving } from "../secrets/leaving.ts";
import { seconds } from "../system/text.ts";
import type { Asked } from "../system/trace.ts";

const LONGEST = 300;

/** `  ghcr.io: HEAD /v2/owner/app/manifests/… → 200 (43 ms)` */
export function askedLine({ whom, what, outcome, ms }: Asked): string {
	const short = (text: string) => leaving(text).replaceAll(/\s+/g, " ").trim().slice(0, LONGEST);
	return `  ${short(whom)}: ${short(what)} → ${short(outcome)} (${seconds(ms)})`;
}
