import type { Address } from "./address.ts";
import { hostToken } from "./literals.ts";

const COMMAND = /(?<![\w/.-])(?:auto)?(?:ssh|sftp|scp)(?:\.exe)?(?=\s)/;

/** A text and the lines in it that were changed, counted from 1. */
interface TunnelEdit {
	text: string;
	lines: number[];
}

/** The text with every ssh command that names host and port of an earlier endpoint pointed to the present one. */
export function retargetTunnels(text: string, stale: readonly Address[], present: Address): TunnelEdit {
	if (stale.length === 0 || !COMMAND.test(text)) return { text, lines: [] };
	const targets = stale.map((address) => ({
		host: hostToken(address.host, "gi"),
		port: new RegExp(`(?<![\\w-])(-[pP][\\s=]*|-o\\s*Port[\\s=]+)${RegExp.escape(String(address.port))}(?!\\w)`, "g"),
	}));
	const lines: number[] = [];
	const pieces = text.split(/(\r\n|\n|\r)/);
	const edited = pieces.map((piece, at) => {
		if (!COMMAND.test(piece)) return piece;
		const next = targets.reduce((line, target) => retarget(line, target, present), piece);
		if (next !== piece) lines.push(at / 2 + 1);
		return next;
	});
	return { text: edited.join(""), lines };
}

function retarget(line: string, { host, port }: { host: RegExp; port: RegExp }, present: Address): string {
	if (line.search(host) < 0 || line.search(port) < 0) return line;
	return line.replaceAll(host, () => present.host).replaceAll(port, (_all, flag: string) => `${flag}${present.port}`);
}
