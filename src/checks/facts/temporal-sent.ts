import { partsFrom, tongueOf } from "../calls/arguments.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import { lastWord, optionIn, queueWord } from "./temporal-workers.ts";

/** An activity that a workflow schedules. */
export interface Sent {
	name: string;
	/** The last word of the queue's name, or of the expression for it. Undefined: that of the workflow. */
	queue: string | undefined;
	file: SourceFile;
	at: number;
}

const EXECUTE = /\bworkflow\.(?:execute|start)_activity(?:_method)?\(/g;
const PROXY = /\bconst\s*(?:\{([^{}]*)\}|(\w+))\s*=\s*proxyActivities\s*(?:<[^()]*?>)?\(\s*\{/g;

export const sentIn = (file: SourceFile): Sent[] => (file.language === "python" ? executedIn(file) : proxiedIn(file));

function executedIn(file: SourceFile): Sent[] {
	return file.matches(EXECUTE).flatMap(({ 0: head, index }): Sent[] => {
		const parts = partsFrom(file.text, index + head.length, "python")?.parts ?? [];
		const name = parts[0] === undefined ? undefined : lastWord(parts[0].text);
		const queue = optionIn(parts, "task_queue");
		const word = queue && queueWord(file, queue.text);
		if (name === undefined || (queue && word === undefined) || parts.some(({ text }) => text.startsWith("**")))
			return [];
		return kindAt(file, index) === "code" ? [{ name, queue: word, file, at: queue?.at ?? index }] : [];
	});
}

function proxiedIn(file: SourceFile): Sent[] {
	return file.matches(PROXY).flatMap(({ 0: head, 1: list, 2: proxy, index }): Sent[] => {
		const parts = partsFrom(file.text, index + head.length, tongueOf(file))?.parts ?? [];
		const queue = optionIn(parts, "taskQueue");
		const word = queue && queueWord(file, queue.text);
		const bare = parts.some(({ text }) => /^(?:\.\.\.|taskQueue$)/.test(text));
		if (parts.length === 0 || (queue ? word === undefined : bare) || kindAt(file, index) !== "code") return [];
		const names =
			list?.split(",").map((one) => one.split(":")[0]!.trim()) ??
			[...file.text.matchAll(new RegExp(`(?<![\\w.])${proxy!}\\.(\\w+)\\(`, "g"))].map(([, name]) => name!);
		const at = index + Math.max(0, head.indexOf("{")) + 1;
		const placeOf = (name: string): number => at + Math.max(0, file.text.slice(at).search(new RegExp(`\\b${name}\\b`)));
		return [...new Set(names)].flatMap((name) =>
			/^\w+$/.test(name) ? [{ name, queue: word, file, at: list === undefined ? index : placeOf(name) }] : [],
		);
	});
}
