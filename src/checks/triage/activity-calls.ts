import { callsOf, type Call } from "../python/calls.ts";
import { importsOf } from "../python/imports.ts";
import { placeIn } from "../facts/found.ts";
import { textNamed } from "../facts/named-texts.ts";
import { standingOf } from "../facts/standing.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS370",
	scope: "static",
	severity: "error",
	question: "Has every activity of a Temporal workflow a time limit, and a worker that knows it?",
	why: "Without start_to_close or schedule_to_close the SDK refuses the call; an activity that no worker registers is retried for ever.",
	example:
		"`workflow.execute_activity(publish, result)`: add start_to_close_timeout; `activities=[download]`: add publish.",
	run(tree) {
		const files = tree.in("python").filter((file) => file.includes("temporalio") && standingOf(file.path) === "live");
		const calls = files.flatMap((file) => activityCalls(file).map((call) => ({ file, call })));
		const findings = [...calls.flatMap(({ file, call }) => unlimited(file, call)), ...unregistered(tree, files, calls)];
		return { looked: `${calls.length} calls of activities`, findings };
	},
} satisfies StaticCheck;

const CALL = /\bworkflow\.(?:execute|start)_(?:local_)?activity(?:_method)?\s*\(/g;

const activityCalls = (file: SourceFile): Call[] =>
	callsOf(file.text, CALL).filter(({ at }) => kindAt(file, at) === "code");

function unlimited(file: SourceFile, { name, inside, at }: Call): Found[] {
	if (/\b(?:start|schedule)_to_close_timeout\b|\*\*/.test(inside)) return [];
	return [
		{
			message: `${name} calls ${firstOf(inside)} without a time limit: the SDK refuses it when the workflow runs`,
			evidence: [file.placeAt(at)],
			fix: { say: "add start_to_close_timeout=timedelta(…), or schedule_to_close_timeout" },
		},
	];
}

const firstOf = (inside: string): string => /^\s*([^,\s]+)/.exec(inside)?.[1] ?? "an activity";

/** Activities that workflows call and that no `activities=[…]` holds, where all such lists are written out. */
function unregistered(
	tree: Tree,
	files: readonly SourceFile[],
	calls: readonly { file: SourceFile; call: Call }[],
): Found[] {
	const lists = files.flatMap((file) => callsOf(file.text, /\bWorker\s*\(/g).map((call) => ({ file, call })));
	const held = lists.map(({ file, call }) => heldBy(file, call, files));
	if (lists.length === 0 || held.includes(undefined)) return [];
	const names = new Set(held.flatMap((one) => one!));
	if (names.size === 0) return [];
	const defined = files.flatMap((file) => definitions(file));
	const reported = new Set<string>();
	return calls.flatMap(({ file, call }): Found[] => {
		const first = firstOf(call.inside);
		const text = /^["']/.test(first) ? first.replaceAll(/["']/g, "") : textNamed(tree, first);
		const name = text ?? lastOf(first);
		const own = defined.find((one) =>
			text === undefined ? one.name === name : (one.known ?? textNamed(tree, one.constant ?? "")) === name,
		);
		if (own === undefined || names.has(own.name) || reported.has(name)) return [];
		reported.add(name);
		const list = lists.find((one) => /\bactivities\s*=/.test(one.call.inside)) ?? lists[0]!;
		const at = list.call.at + Math.max(0, list.file.text.slice(list.call.at).search(/\bactivities\s*=/));
		const given = placeIn(list.file, list.file.lineAt(at));
		const set = listBeside(list.file, own.file);
		return [
			{
				message: `a workflow calls the activity ${name}, and no worker of the tree registers it`,
				evidence: [
					set ?? given,
					...(set === undefined || set.line === given.line ? [] : [given]),
					placeIn(file, file.lineAt(call.at)),
					own.place,
				],
				fix: { say: `add ${own.name} to the activities of a worker` },
			},
		];
	});
}

/** Where a name is set to a list with other activities of the same file. */
function listBeside(file: SourceFile, of: SourceFile): FilePlace | undefined {
	const others = definitions(of).map(({ name }) => name);
	const set = file
		.matches(/^[ \t]*\w+[^\n=(]*=[ \t]*\[([^\]]*)\]/gm)
		.find(([, inside]) => inside!.split(",").some((part) => others.includes(lastOf(part))));
	return set === undefined ? undefined : file.placeAt(set.index);
}

/** The names of the functions that one worker registers; undefined where nobody can say. */
function heldBy(file: SourceFile, { inside }: Call, files: readonly SourceFile[]): string[] | undefined {
	const given = /\bactivities\s*=\s*(\[[^\]]*\](?:\s*\+\s*(?:\[[^\]]*\]|[\w.]+))*|[^,]+)/.exec(inside)?.[1];
	if (given === undefined) return inside.includes("**") ? undefined : [];
	return listed(file, given, files, 0);
}

/** The names in `[a.cut, *MORE]`, in `CUTS + [publish]`, and in what such a name is set to, once or in branches. */
function listed(
	file: SourceFile,
	expression: string,
	files: readonly SourceFile[],
	depth: number,
): string[] | undefined {
	const parts = expression
		.replaceAll(/#[^\n]*/g, "")
		.replaceAll(/\]\s*\+|\+\s*\[/g, ",")
		.split(/[,[\]]|(?<=\w)\s*\+\s*(?=\w)/)
		.map((part) => part.trim())
		.filter((part) => part !== "");
	const isList = expression.trim().startsWith("[");
	const all = parts.map((part) => {
		if (/\bfor\b|\(/.test(part)) return undefined;
		const name = lastOf(part.replace(/^\*\s*/, ""));
		if (isList && !part.startsWith("*") && !/\]\s*\+/.test(expression)) {
			const own = part.includes(".") ? name : functionOf(file, name);
			if (own !== undefined) return [own];
		}
		return depth > 4 ? undefined : (setTo(file, name, files, depth) ?? (isDefined(name, files) ? [name] : undefined));
	});
	return all.includes(undefined) ? undefined : all.flatMap((one) => one!);
}

function setTo(file: SourceFile, name: string, files: readonly SourceFile[], depth: number): string[] | undefined {
	const pattern = new RegExp(
		`^[ \\t]*${name}[ \\t]*(?::[^=\\n]*)?(?<=[ \\t])=(?!=)[ \\t]*(\\[[^\\]]*\\][^\\n]*|[^\\n]+)`,
		"gm",
	);
	const here = file.matches(pattern).map((one) => ({ by: file, value: one[1]! }));
	const sets =
		here.length > 0
			? here
			: files.flatMap((by) => [...by.text.matchAll(pattern)].map((one) => ({ by, value: one[1]! })));
	const changed = new RegExp(`\\b${name}(?:\\.(?:append|extend|insert)\\(|\\s*\\+=)|\\bdef[^\\n]*\\b${name}\\b`);
	if (sets.length === 0 || sets.some(({ by }) => changed.test(by.text))) return undefined;
	const all = sets.map(({ by, value }) => listed(by, value, files, depth + 1));
	return all.includes(undefined) ? undefined : all.flatMap((one) => one!);
}

/** The function that a name is, unlike a variable, a parameter or a part of a tuple: `cut` of `import cut as cutting`. */
function functionOf(file: SourceFile, name: string): string | undefined {
	const { text } = file;
	const other = new RegExp(`\\bimport\\b[^\\n]*?\\b(\\w+)[ \\t]+as[ \\t]+${name}\\b`).exec(text)?.[1];
	if (other !== undefined) return other;
	const bound = importsOf(file).some(({ names }) => names.includes(name) || names.includes("*"));
	return bound || new RegExp(`^[ \\t]*(?:async[ \\t]+)?def[ \\t]+${name}\\b`, "m").test(text) ? name : undefined;
}

const isDefined = (name: string, files: readonly SourceFile[]): boolean =>
	files.some((file) => definitions(file).some((one) => one.name === name));

const lastOf = (text: string): string => text.trim().split(".").at(-1)!.trim();

const definitions = once((file: SourceFile) =>
	[
		...file.text.matchAll(
			/^[ \t]*@activity\.defn\b([^\n]*)\n(?:[ \t]*@[^\n]*\n)*[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)/gm,
		),
	].map(({ 0: all, 1: options, 2: name, index }) => ({
		file,
		name: name!,
		/** What Temporal calls it; undefined where that is computed. */
		known: /name\s*=/.test(options!) ? /name\s*=\s*["']([^"']+)["']/.exec(options!)?.[1] : name!,
		/** That holds what Temporal calls it. */
		constant: /name\s*=\s*([\w.]+)/.exec(options!)?.[1],
		place: placeIn(file, file.lineAt(index + all.length)),
	})),
);
