import { partsFrom, tongueOf, type Part } from "../calls/arguments.ts";
import { signaturesIn, type Signature } from "../calls/signatures.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { namedTexts, textNamed } from "./named-texts.ts";
import { standingOf } from "./standing.ts";
import { once } from "../tree/once.ts";

type Kind = "activity" | "query" | "signal" | "update" | "workflow";

/** What workflows and workers of Temporal define, by the name that others call it by. */
export interface Defined {
	kind: Kind;
	name: string;
	/** The function that runs it; undefined for a signal of TypeScript, and where it is not found. */
	signature: Signature | undefined;
	file: SourceFile;
	at: number;
}

export interface TemporalNames {
	files: readonly SourceFile[];
	defined: readonly Defined[];
	/** Kinds of which some names are computed, or taken whatever they are. */
	open: ReadonlySet<Kind>;
	/** What constants stand for. */
	texts: ReadonlyMap<string, string>;
}

/** The SDKs of Python and TypeScript: https://docs.temporal.io/develop. */
export const temporalIn = once((tree: Tree): TemporalNames => {
	const files = tree
		.in("python", "javascript")
		.filter(
			(file) =>
				file.has(/temporalio|\bworkflow\.(?:start|execute|getHandle)|workflow_handle|start_workflow/) &&
				["live", "test"].includes(standingOf(file.path)),
		);
	const open = new Set<Kind>();
	const defined = files.flatMap((file) =>
		file.language === "python" ? pythonNames(tree, file, open) : scriptNames(file, open),
	);
	return { files, defined, open, texts: namedTexts(tree) };
});

const DECORATOR =
	/^[ \t]*@(workflow|activity)\.(defn|run|signal|query|update)\b(?:\(([^()]*)\))?[^\n]*\n(?:[ \t]*@[^\n]*\n)*[ \t]*(?:(class)|(?:async[ \t]+)?def)[ \t]+(\w+)/gm;

function pythonNames(tree: Tree, file: SourceFile, open: Set<Kind>): Defined[] {
	return file
		.matches(DECORATOR)
		.flatMap(({ 0: all, 1: of, 2: what, 3: options, 4: isClass, 5: title, index }): Defined[] => {
			const kind = what === "defn" ? (of as Kind) : what === "run" ? undefined : (what as Kind);
			if (kind === undefined || kindAt(file, index + all.indexOf("@")) !== "code") return [];
			const told = /\bname\s*=\s*(?:(["'])(\w[^"']*)\1|([\w.]+)|\S)/.exec(options ?? "");
			const called = told?.[2] ?? textNamed(tree, told?.[3] ?? "");
			if (/\bdynamic\s*=\s*True/.test(options ?? "") || (told !== null && called === undefined)) open.add(kind);
			const at = index + all.length - title!.length;
			const runs = isClass === undefined ? title! : runOf(file, index);
			const signature = signaturesIn(file).find((one) =>
				isClass === undefined ? Math.abs(one.at - at) < 20 : one.owner === title && one.name === runs,
			);
			return [{ kind, name: called ?? title!, signature, file, at }];
		});
}

/** The name of the method below `@workflow.run`. */
const runOf = (file: SourceFile, from: number): string | undefined =>
	/@workflow\.run\b[^\n]*\n(?:[ \t]*@[^\n]*\n)*[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)/.exec(file.text.slice(from))?.[1];

const DEFINE = /\bdefine(Signal|Query|Update)\s*(?:<[^()]*?>)?\(\s*(?:(["'`])([^"'`]+)\2)?/g;

function scriptNames(file: SourceFile, open: Set<Kind>): Defined[] {
	if (file.has(/\bsetDefault(?:Signal|Query|Update)Handler\(/))
		for (const kind of ["signal", "query", "update"] as const) open.add(kind);
	const handlers = file.matches(DEFINE).flatMap(({ 1: what, 3: name, index }): Defined[] => {
		const kind = what!.toLowerCase() as Kind;
		if (name === undefined) open.add(kind);
		return name === undefined || kindAt(file, index) !== "code"
			? []
			: [{ kind, name, signature: undefined, file, at: index }];
	});
	if (!file.has(/^import\s+(?!type)[^;]*from\s*["']@temporalio\/workflow["']/m)) return handlers;
	const workflows = signaturesIn(file).flatMap((one): Defined[] => {
		const exported = /(?:^|\n)export\s+(?:default\s+)?(?:async\s+)?(?:const\s+)?$/.test(
			file.text.slice(Math.max(0, one.at - 40), one.at),
		);
		return one.owner === undefined && exported
			? [{ kind: "workflow", name: one.name, signature: one, file, at: one.at }]
			: [];
	});
	return [...handlers, ...workflows];
}

/** A call of Temporal's client or workflow with what it is given. */
export interface TemporalCall {
	kind: Kind;
	by: string;
	/** The first argument. */
	first: Part;
	rest: readonly Part[];
	file: SourceFile;
	at: number;
}

const CALLS: readonly (readonly [RegExp, Kind])[] = [
	[
		/\b(?:start_workflow|execute_workflow|start_child_workflow|execute_child_workflow|ScheduleActionStartWorkflow|continue_as_new_to)\(/g,
		"workflow",
	],
	[/\bworkflow\.(?:execute|start)_(?:local_)?activity\(/g, "activity"],
	[
		/(?<=[\w)]\.)(?:workflow\.)?(?:start|execute|signalWithStart)\((?=\s*(?:["'`]\w|[a-z]\w*\s*,\s*\{))|(?<![\w.])(?:executeChild|startChild)(?:<[^()]*?>)?\(/g,
		"workflow",
	],
	[/(?<=(?:[hH]andle\w*(?:\([^()]*\))?|[wW]orkflow|\)|Execution)\s*\.)signal\(/g, "signal"],
	[/(?<=(?:[hH]andle\w*(?:\([^()]*\))?|[wW]orkflow|\))\s*\.)query(?:<[^()]*?>)?\(/g, "query"],
	[
		/(?<=(?:[hH]andle\w*(?:\([^()]*\))?|[wW]orkflow|\))\s*\.)(?:execute_update|start_update|executeUpdate|startUpdate)(?:<[^()]*?>)?\(/g,
		"update",
	],
];

/** What the files ask of Temporal, by the SDKs' functions. */
export function temporalCalls({ files }: TemporalNames): TemporalCall[] {
	return files.flatMap((file) =>
		CALLS.flatMap(([pattern, kind]) =>
			file.matches(pattern).flatMap(({ 0: head, index }): TemporalCall[] => {
				const list = partsFrom(file.text, index + head.length, tongueOf(file));
				const [first, ...rest] = list?.parts ?? [];
				return first === undefined || kindAt(file, index) !== "code"
					? []
					: [{ kind, by: head.replace(/[(<][^]*$/, ""), first, rest, file, at: index }];
			}),
		),
	);
}

/** The name that a first argument says: of `"Clip"`, `Clip.run`, `processClip`, and of `ACT_CLIP` that stands for a text. */
export function calledName(
	{ first }: TemporalCall,
	{ texts }: TemporalNames,
): { name: string; literal: boolean } | undefined {
	const text = /^(["'`])([\w.:-]+)\1$/.exec(first.text)?.[2];
	if (text !== undefined) return { name: text, literal: true };
	const read = /^(?:[A-Za-z_$][\w$]*\.)*[A-Za-z_$][\w$]*$/.exec(first.text)?.[0];
	const named = texts.get(read?.split(".").at(-1) ?? "");
	if (named !== undefined) return { name: named, literal: true };
	return read === undefined ? undefined : { name: read, literal: false };
}
