import type { SourceFile } from "../tree/source-file.ts";

const MACHINE = /^\s+(?:-\s+)?(?:address|host|hostname|ip|ansible_host):\s*["']?([^\s"'#]+)/gm;

/** An inventory of machines, with what programs get there. */
export const isInventory = (file: SourceFile): boolean =>
	file.language === "yaml" && file.has(/^(?:hosts|instances|machines|nodes):/m) && file.matches(MACHINE).length > 0;

/** The first half of the private addresses of all machines of an inventory, such as `10.44.`; undefined where they have none in common. */
export function networkOf(file: SourceFile): string | undefined {
	const halves = new Set(file.matches(MACHINE).map(([, address]) => /^\d+\.\d+\.(?=\d+\.\d+$)/.exec(address!)?.[0]));
	const [half] = halves;
	return halves.size === 1 && half !== undefined && /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/.test(half)
		? half
		: undefined;
}
