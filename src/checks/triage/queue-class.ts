import type { SourceFile } from "../tree/source-file.ts";
import { isCommentLine } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { editOf, placeIn } from "../facts/found.ts";
import { envOf } from "../facts/env.ts";
import { queuesOf, SUFFIX, type QueuePlace } from "../facts/queues.ts";
import { misroutedIn, missentIn, type Misrouted } from "../facts/queue-tables.ts";
import { standingOf } from "../facts/standing.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS402",
	scope: "static",
	severity: "error",
	question: "Does GPU work go to @gpu queues, and CPU work to @cpu queues?",
	why: "GPU work on a CPU worker fails or falls back in silence; CPU work on the GPU worker waits behind it and costs rented time.",
	example: '`GPU_TASK_QUEUE = f"{BASE}@cpu"`; write `@gpu`.',
	run(tree) {
		const queues = queuesOf(tree);
		const files = tree.files.filter((file) => standingOf(file.path) === "live" && file.has(/@[cg]pu\b/));
		const hits = new Map(
			[...queues.flatMap(byPlace), ...files.flatMap(byLine), ...byMode(tree)].map((one) => [
				`${one.file.path}:${one.line}`,
				one,
			]),
		);
		return {
			looked: `${queues.length} places that name a task queue`,
			findings: [...[...hits.values()].map(finding), ...[...misroutedIn(tree), ...missentIn(tree)].map(besideTable)],
		};
	},
} satisfies StaticCheck;

interface Wrong {
	file: SourceFile;
	line: number;
	work: string;
	queue: string;
}

const CLASSES: readonly [string, string] = ["cpu", "gpu"];
const SAID = [
	["cpu", /(?<![a-zA-Z])cpu(?![a-zA-Z])|(?<![A-Z])CPU(?![A-Z])|(?:^|[^A-Z])Cpu(?![a-z])/],
	["gpu", /(?<![a-zA-Z])gpu(?![a-zA-Z])|(?<![A-Z])GPU(?![A-Z])|(?:^|[^A-Z])Gpu(?![a-z])/],
] as const;
/** The one class that a text speaks of. */
const classOf = (text: string): string | undefined => {
	const told = SAID.filter(([, pattern]) => pattern.test(text));
	return told.length === 1 ? told[0]![0] : undefined;
};

/** A constant or a setting named for one class, a call for work of one class, a block of a program of one class. */
function byPlace({ values, by, work, block, file, line }: QueuePlace): Wrong[] {
	const [value, ...more] = values ?? [];
	const queue = value === undefined || more.length > 0 ? undefined : SUFFIX.exec(value)?.[1]?.toLowerCase();
	if (queue === undefined || !CLASSES.includes(queue)) return [];
	const said = classOf(by) ?? classOf(block) ?? classOf(firstArgument(work));
	return said === undefined || said === queue ? [] : [{ file, line, work: said, queue }];
}

/** The activity or workflow that is called: the first argument alone, without comments. */
const firstArgument = (work: string): string =>
	(/^\s*([^,{]*)/.exec(work.replaceAll(/(?:#|\/\/).*$/gm, ""))?.[1] ?? "").trim();

/** `"gpu": f"{base}@cpu"`, `if mode == "gpu": queue = …@cpu`, `mode === "gpu" ? …@cpu`. */
function byLine(file: SourceFile): Wrong[] {
	return file.lines.flatMap((text, index): Wrong[] => {
		const queue = /@([cg]pu)\b/.exec(text)?.[1];
		if (queue === undefined || /@cpu\b.*@gpu\b|@gpu\b.*@cpu\b/.test(text) || isCommentLine(file, index + 1)) return [];
		const before = text.slice(0, text.indexOf(`@${queue}`));
		const key = /^\s*["'`]?(\w+)["'`]?\s*(?::|=>)\s*f?["'`{$]/.exec(before)?.[1];
		const condition =
			CONDITION.exec(before)?.[1] ??
			(/^\s*(?:return\b|(?:self\.|this\.|const |let )?\$?\w*queue\w*\s*=)/i.test(before)
				? CONDITION.exec(file.lines[index - 1] ?? "")?.[1]
				: undefined);
		const said =
			(key !== undefined && CLASSES.includes(key.toLowerCase()) ? key.toLowerCase() : undefined) ??
			condition?.toLowerCase();
		return said === undefined || said === queue ? [] : [{ file, line: index + 1, work: said, queue }];
	});
}

const CONDITION =
	/(?:if|elif|case|when|\?|&&|\()?[^"'\n]*(?:===?|-eq|=~|case|in)\s*["']?([cg]pu)["']?\s*(?:\)|:|\]|;|\?|then|\{|$)/;

/** `WORKER_MODE=gpu` beside a queue `…@cpu`, in one block of the environment. */
function byMode(tree: Tree): Wrong[] {
	const sets = envOf(tree).filter(
		({ how, comment, value, file }) =>
			how === "sets" && !comment && value !== undefined && standingOf(file.path) === "live",
	);
	const blocks = Map.groupBy(sets, ({ file, block }) => `${file.path}\n${block}`);
	return [...blocks.values()].flatMap((block) => {
		const modes = block.filter(
			({ name, value }) =>
				/(?:MODE|ROLE|CLASS|DEVICE|WORKER_TYPE|KIND)$/.test(name) && CLASSES.includes(value!.toLowerCase()),
		);
		const queues = block.filter(
			({ name, value }) => /QUEUE/.test(name) && SUFFIX.test(value!) && classOf(name) === undefined,
		);
		if (new Set(modes.map(({ value }) => value)).size !== 1) return [];
		return queues.flatMap(({ file, line, value }): Wrong[] => {
			const queue = SUFFIX.exec(value!)![1]!.toLowerCase();
			const work = modes[0]!.value!.toLowerCase();
			return CLASSES.includes(queue) && queue !== work ? [{ file, line, work, queue }] : [];
		});
	});
}

const besideTable = ({ task, queue, told, file, line }: Misrouted): Found => ({
	message: `${task} is given to ${queue} workers, and ${told.file.path} says that ${told.queue} takes it`,
	evidence: [placeIn(file, line), placeIn(told.file, told.line)],
	fix: {
		say: `write ${told.kind} for ${queue} in ${file.path}:${line}, or correct ${told.file.path}:${told.line}`,
		...editOf(file, line, `"${queue}"`, `"${told.kind}"`),
	},
});

const finding = ({ file, line, work, queue }: Wrong): Found => ({
	message: `${work.toUpperCase()} work is put on a queue of ${queue.toUpperCase()} workers (@${queue})`,
	evidence: [placeIn(file, line)],
	fix: { say: `write @${work} for @${queue} in ${file.path}:${line}`, ...editOf(file, line, `@${queue}`, `@${work}`) },
});
