import type { Side } from "../facts/found.ts";
import { numbersOf } from "../facts/line-numbers.ts";
import { optionPorts } from "../facts/service-ports.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

/** What a Dockerfile declares, and what its nginx asks, against the one port of the programs that its supervisor starts. */
export function supervisedSides(tree: Tree, file: SourceFile): Side[] {
	const copies = file.lines.filter((text) => /^\s*(?:COPY|ADD)\s/i.test(text)).join("\n");
	const copied = (one: SourceFile): boolean => copies.includes(` ${one.path} `);
	const started = tree
		.in("ini")
		.flatMap((one) =>
			copied(one)
				? one.lines.flatMap((text, index) =>
						/^\s*command\s*=/.test(text)
							? optionPorts(text).map((port): Side => ({ value: String(port), file: one, line: index + 1, weight: 2 }))
							: [],
					)
				: [],
		);
	const exposed = numbersOf(file, /^\s*EXPOSE\s+(.*)$/i, /\b(\d{2,5})\b/g);
	const [first] = started;
	if (!first || new Set(started.map(({ value }) => value)).size > 1) return [];
	if (exposed.length === 0 || exposed.some(({ value }) => value === first.value)) return [];
	const ahead = tree.in("nginx").filter(copied);
	const listened = ahead.flatMap((one) => numbersOf(one, /^\s*listen\s/, /\b(\d{2,5})\b/g));
	if (exposed.every(({ value }) => listened.some((one) => one.value === value))) return [];
	const asked = tree
		.in("nginx")
		.flatMap((one) => numbersOf(one, /proxy_pass/, /(?:localhost|127\.0\.0\.1):(\d{2,5})/g))
		.filter(({ value }) => exposed.some((one) => one.value === value));
	return [...exposed, ...asked, first];
}
