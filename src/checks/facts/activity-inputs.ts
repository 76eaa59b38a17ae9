import { partsFrom, tongueOf } from "../calls/arguments.ts";
import { constructorsIn, type Constructor } from "../calls/constructors.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Defined, TemporalNames } from "./temporal.ts";

/** An object that a workflow of TypeScript sends to an activity of Python, and the data class that it is read into. */
export interface SentInput {
	activity: Defined;
	keys: readonly string[];
	file: SourceFile;
	/** Offset of the call. */
	at: number;
	type: Constructor;
}

/**
 * Calls with an object that is written out, of activities with one parameter of a data class. The SDK of Python fills a
 * data class by the names of its fields and ignores what has none (temporalio/converter).
 */
export function sentInputs(tree: Tree, { files, defined }: TemporalNames): SentInput[] {
	const senders = files.filter((file) => file.language === "javascript" && file.has(/\bproxyActivities\b/));
	if (senders.length === 0) return [];
	const byName = Map.groupBy(
		defined.filter(({ kind }) => kind === "activity"),
		({ name }) => name,
	);
	return [...byName.values()].flatMap(([activity, ...more]): SentInput[] => {
		if (more.length > 0 || activity!.file.language !== "python") return [];
		const type = inputOf(tree, activity!);
		return type === undefined
			? []
			: senders.flatMap((file) => callsOf(file, activity!.name).map((one) => ({ ...one, activity: activity!, type })));
	});
}

function inputOf(tree: Tree, { signature, file }: Defined): Constructor | undefined {
	const [parameter, ...more] = signature?.parameters ?? [];
	if (signature === undefined || parameter === undefined || more.length > 0 || signature.doubtful) return undefined;
	const head = file.text.slice(signature.at, signature.at + 400).split("\n\n", 1)[0]!;
	const name = new RegExp(`\\b${parameter.name}\\s*:\\s*["']?(?:\\w+\\.)*([A-Z]\\w*)["']?\\s*[,)]`).exec(head)?.[1];
	const own = constructorsIn(file).filter((one) => one.name === name);
	const all =
		own.length > 0
			? own
			: tree
					.in("python")
					.flatMap((one) => constructorsIn(one))
					.filter((one) => one.name === name);
	return all.length === 1 ? all[0] : undefined;
}

function callsOf(file: SourceFile, name: string): Pick<SentInput, "keys" | "file" | "at">[] {
	return file.matches(new RegExp(`(?<![\\w$])(?:\\w+\\.)?${name}\\(\\s*\\{`, "g")).flatMap(({ 0: head, index }) => {
		const parts = partsFrom(file.text, index + head.length, tongueOf(file))?.parts ?? [];
		const keys = parts.map(({ text }) => /^["']?(\w+)["']?\s*(?::|$)/.exec(text)?.[1]);
		return parts.length === 0 || keys.includes(undefined) || kindAt(file, index) !== "code"
			? []
			: [{ keys: keys as string[], file, at: index }];
	});
}
