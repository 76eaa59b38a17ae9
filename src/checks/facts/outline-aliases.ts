import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { outlineOf, type OutlineLine } from "./outline.ts";

/** Aliases of aliases, and all lines together: what goes further is left as it is written. */
const DEEPEST = 5;
const MOST_LINES = 20_000;

/** The outline with every alias (`*app`) and merge key (`<<: *app`) followed by the lines that it stands for, which keep their numbers. */
export const mergedOutlineOf = once((file: SourceFile): readonly OutlineLine[] => {
	const lines = outlineOf(file);
	if (!file.has(/\*[\w.-]/) || !file.has(/(?:^|\s)&[\w.-]/m)) return lines;
	const anchors = anchorsIn(lines);
	return anchors.size === 0 ? lines : expanded(lines, anchors, DEEPEST);
});

/** The services of a compose file that are built here. */
export const builtServicesIn = once(
	(file: SourceFile): ReadonlySet<string> =>
		new Set(
			mergedOutlineOf(file).flatMap(({ path: [top, name, key] }) =>
				top === "services" && key === "build" ? [name!] : [],
			),
		),
);

/** Name → the line of the anchor, and all lines below it. */
function anchorsIn(lines: readonly OutlineLine[]): ReadonlyMap<string, readonly OutlineLine[]> {
	const found = new Map<string, readonly OutlineLine[]>();
	for (const [index, { path, value, block }] of lines.entries()) {
		const name = block ? undefined : /^&([\w.-]+)(?:\s|$)/.exec(value)?.[1];
		if (name === undefined) continue;
		const end = lines.findIndex((one, at) => at > index && !isBelow(one.path, path));
		found.set(name, lines.slice(index, end === -1 ? undefined : end));
	}
	return found;
}

const isBelow = (path: readonly string[], above: readonly string[]): boolean =>
	path.length > above.length && above.every((key, at) => path[at] === key);

function expanded(
	lines: readonly OutlineLine[],
	anchors: ReadonlyMap<string, readonly OutlineLine[]>,
	depth: number,
): OutlineLine[] {
	const found: OutlineLine[] = [];
	const written = new Set(lines.map(({ path }) => path.join("\n")));
	for (const line of lines) {
		found.push(line);
		if (line.block || depth === 0 || found.length > MOST_LINES || !line.value.includes("*")) continue;
		const merges = line.path.at(-1) === "<<";
		if (!/^\[?\s*\*[\w.-]+(?:\s*,\s*\*[\w.-]+)*\s*\]?$/.test(line.value)) continue;
		const to = merges ? line.path.slice(0, -1) : line.path;
		for (const [, name] of line.value.matchAll(/\*([\w.-]+)/g)) {
			const [top, ...below] = anchors.get(name!) ?? [];
			if (top === undefined) continue;
			const own = below.map((one) => ({ ...one, path: [...to, ...one.path.slice(top.path.length)] }));
			// What stands there itself wins over what is merged in.
			const taken = own.filter((one) => !merges || !written.has(one.path.slice(0, to.length + 1).join("\n")));
			const plain = merges || below.length > 0 ? [] : [{ ...top, path: to, value: top.value.replace(/^&\S+\s*/, "") }];
			found.push(...plain, ...expanded(taken, anchors, depth - 1));
		}
	}
	return found;
}
