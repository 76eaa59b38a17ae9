import { callsOf, type Call } from "../python/calls.ts";
import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS370",
	scope: "static",
	severity: "error",
	question: "Has every activity of a Temporal workflow a time limit, and a worker that knows it?",
	why: "Without start_to_close or schedule_to_close the SDK refuses the call; an activity that no worker registers is retried for ever.",
	example:
		"`workflow.execute_activity(publish, result)`: add start_to_close_timeout; `activities=[download]`: add publish.",
	run(tree) {
		const files = tree
			.in("python")
			.filter(({ path, text }) => text.includes("temporalio") && standingOf(path) === "live");
		const calls = files.flatMap((file) => activityCalls(file).map((call) => ({ file, call })));
		const findings = [...calls.flatMap(({ file, call }) => unlimited(file, call)), ...unregistered(files, calls)];
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
function unregistered(files: readonly SourceFile[], calls: readonly { file: SourceFile; call: Call }[]): Found[] {
	const lists = files.flatMap((file) => callsOf(file.text, /\bWorker\s*\(/g).map((call) => ({ file, call })));
	const held = lists.map(({ call }) => /\bactivities\s*=\s*\[([^\]]*)\]/.exec(call.inside)?.[1]);
	if (
		lists.length === 0 ||
		held.some((one, index) => one === undefined && /\bactivities\s*=|\*\*/.test(lists[index]!.call.inside))
	)
		return [];
	const names = new Set(held.flatMap((one) => (one ?? "").split(",").map((part) => lastOf(part.replace(/#.*/g, "")))));
	if (names.has("") && names.size === 1) return [];
	const computed = held.some((one) => /\*|\bfor\b|\(/.test(one ?? ""));
	const defined = files.flatMap((file) => definitions(file));
	const reported = new Set<string>();
	return calls.flatMap(({ file, call }): Found[] => {
		const name = lastOf(firstOf(call.inside).replaceAll(/["']/g, ""));
		const own = defined.find((one) => one.name === name);
		if (computed || own === undefined || own.renamed || names.has(name) || reported.has(name)) return [];
		reported.add(name);
		const [list] = lists;
		const at = list!.call.at + Math.max(0, list!.file.text.slice(list!.call.at).search(/\bactivities\s*=/));
		return [
			{
				message: `a workflow calls the activity ${name}, and no worker of the tree registers it`,
				evidence: [placeIn(list!.file, list!.file.lineAt(at)), placeIn(file, file.lineAt(call.at)), own.place],
				fix: { say: `add ${name} to the activities of a worker` },
			},
		];
	});
}

const lastOf = (text: string): string => text.trim().split(".").at(-1)!.trim();

const definitions = (file: SourceFile) =>
	[
		...file.text.matchAll(
			/^[ \t]*@activity\.defn\b([^\n]*)\n(?:[ \t]*@[^\n]*\n)*[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)/gm,
		),
	].map(({ 0: all, 1: options, 2: name, index }) => ({
		name: name!,
		renamed: /name\s*=/.test(options!),
		place: placeIn(file, file.lineAt(index + all.length)),
	}));
