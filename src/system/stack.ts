import { readFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import { fileURLToPath } from "node:url";

const PLACE = /(file:\/\/[^\s()]+\.js):(\d+):(\d+)/g;

/**
 * A stack with the places of the sources (`file:///…/src/rollout/deploy.ts:27:2`) in the stead of those of bundled files,
 * as the source maps beside them tell. What no map tells stays as it is.
 */
export async function sourceStack(stack: string): Promise<string> {
	const files = new Set([...stack.matchAll(PLACE)].map(([, file]) => file!));
	const maps = new Map(await Promise.all([...files].map(async (file) => [file, await mapOf(file)] as const)));
	return stack.replaceAll(PLACE, (place, file: string, line: string, column: string) => {
		const entry = maps.get(file)?.findEntry(Number(line) - 1, Number(column) - 1);
		if (!entry || !("originalSource" in entry)) return place;
		return `${new URL(entry.originalSource, file).href}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
	});
}

const mapOf = (file: string): Promise<SourceMap | undefined> =>
	readFile(fileURLToPath(`${file}.map`), "utf8").then(
		(text) => new SourceMap(JSON.parse(text) as ConstructorParameters<typeof SourceMap>[0]),
		() => undefined,
	);
