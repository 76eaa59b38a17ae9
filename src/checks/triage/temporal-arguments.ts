import { partsFrom, tongueOf, type Part } from "../calls/arguments.ts";
import type { Signature } from "../calls/signatures.ts";
import {
	calledName,
	temporalCalls,
	temporalIn,
	type Defined,
	type TemporalCall,
	type TemporalNames,
} from "../facts/temporal.ts";
import { sentInputs, type SentInput } from "../facts/activity-inputs.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS389",
	scope: "static",
	severity: "error",
	question: "Is every workflow and every activity of Temporal given the arguments that it takes?",
	why: "Nothing checks them before they run: the task of the workflow fails again and again, and the workflow stands still.",
	example:
		"`args=[url, profile]` and the workflow is `async def run(self, data: IngestInput)`: give it one IngestInput.",
	run(tree) {
		const names = temporalIn(tree);
		const calls = temporalCalls(names).filter(({ kind }) => kind === "workflow" || kind === "activity");
		return {
			looked: `${calls.length} calls of workflows and activities`,
			findings: [...calls.flatMap((call) => judged(tree, call, names)), ...sentInputs(tree, names).flatMap(lacking)],
		};
	},
} satisfies StaticCheck;

/** Fields without a default that the object of the other language lacks. */
function lacking({ activity, keys, file, at, type }: SentInput): Found[] {
	const missing = type.fields.filter(({ name, optional }) => !optional && !keys.includes(name)).map(({ name }) => name);
	if (missing.length === 0) return [];
	const known = new Set(type.fields.map(({ name }) => name));
	const idle = keys.filter((key) => !known.has(key));
	return [
		{
			message: `${activity.name} is sent ${keys.join(", ")}, and its ${type.name} requires ${missing.join(", ")}`,
			evidence: [file.placeAt(at), type.file.placeAt(type.at), activity.file.placeAt(activity.at)],
			fix: {
				say:
					idle.length === 1 && missing.length === 1
						? `write ${idle[0]!} for ${missing[0]!} in ${type.name}, or ${missing[0]!} where it is sent`
						: `send ${missing.join(", ")}, or give the fields a default`,
			},
		},
	];
}

function judged(tree: Tree, call: TemporalCall, names: TemporalNames): Found[] {
	const target = targetOf(call, names);
	const given = givenIn(call);
	if (target?.signature === undefined || given === undefined) return [];
	const fault = faultOf(tree, call, given, target.signature);
	if (fault === undefined) return [];
	return [
		{
			message: `${target.name} ${fault}`,
			evidence: [call.file.placeAt(given[0]?.at ?? call.at), target.file.placeAt(target.signature.at)],
			fix: { say: "give it what its function takes, in one object where it takes one" },
		},
	];
}

function targetOf(call: TemporalCall, names: TemporalNames): Defined | undefined {
	const { defined } = names;
	const called = calledName(call, names);
	if (called === undefined) return undefined;
	const name = called.literal
		? called.name
		: called.name
				.replace(/\.run$/, "")
				.split(".")
				.at(-1)!;
	const own = (one: Defined): string =>
		call.kind === "workflow" && one.file.language === "python" && !called.literal
			? (one.signature?.owner ?? "")
			: called.literal
				? one.name
				: (one.signature?.name ?? "");
	const found = defined.filter((one) => one.kind === call.kind && own(one) === name);
	return found.length === 1 && !found[0]!.signature?.doubtful ? found[0] : undefined;
}

/** What the function gets; undefined: nobody can count it. */
function givenIn(call: TemporalCall): readonly Part[] | undefined {
	const { file, rest } = call;
	const tongue = tongueOf(file);
	if (tongue === "python") {
		if (rest.some(({ text }) => text.startsWith("*") || /^arg\s*=/.test(text))) return undefined;
		const list = rest.find(({ text }) => /^args\s*=/.test(text));
		if (list === undefined) return rest.filter(({ text }) => !/^\w+\s*=(?!=)/.test(text));
		return inList(call, list);
	}
	const options = rest[0];
	if (options === undefined || !options.text.startsWith("{")) return undefined;
	const entries = partsFrom(file.text, options.at + 1, tongue)?.parts ?? [];
	if (entries.some(({ text }) => text.startsWith("...") || text === "args")) return undefined;
	const list = entries.find(({ text }) => /^args\s*:/.test(text));
	return list === undefined ? [] : inList(call, list);
}

function inList({ file }: TemporalCall, part: Part): readonly Part[] | undefined {
	const open = /^args\s*[=:]\s*\[/.exec(part.text);
	if (open === null || /\bfor\b/.test(part.text)) return undefined;
	const parts = partsFrom(file.text, part.at + open[0].length, tongueOf(file))?.parts;
	return parts?.some(({ text }) => /^(?:\*|\.\.\.)/.test(text)) ? undefined : parts;
}

function faultOf(
	tree: Tree,
	{ file, rest }: TemporalCall,
	given: readonly Part[],
	signature: Signature,
): string | undefined {
	const { parameters, any } = signature;
	const least = parameters.filter(({ optional }) => !optional).length;
	const takes = parameters.length === 0 ? "takes none" : `takes ${parameters.map(({ name }) => name).join(", ")}`;
	const count = `is given ${given.length} argument${given.length === 1 ? "" : "s"}, and ${takes}`;
	if ((given.length > parameters.length && !any) || given.length < least) return count;
	const positional = rest.filter(({ text }) => !/^\w+\s*=(?!=)/.test(text));
	if (file.language === "python" && given.length > 1 && positional.length > 1)
		return `is given ${given.length} arguments by position, and the SDK takes one: write args=[…]`;
	const wrong = given.findIndex(({ text }, at) => isText(text) && isModel(tree, signature, at));
	return wrong === -1
		? undefined
		: `is given the text ${given[wrong]!.text} for ${parameters[wrong]!.name}, which is an object`;
}

const isText = (text: string): boolean => /^(?:str\([^]*\)|f?(["'])(?:(?!\1).)*\1|`[^`]*`|String\([^]*\))$/.test(text);

/** The parameter is of a class of the tree that has fields. */
function isModel(tree: Tree, { file, at, parameters }: Signature, position: number): boolean {
	const head = file.text.slice(at, at + 800);
	const type = new RegExp(`\\b${parameters[position]!.name}\\s*:\\s*([A-Z]\\w+)\\s*[,)=]`).exec(head)?.[1];
	if (type === undefined || file.language !== "python") return false;
	const made = new RegExp(
		`@(?:dataclasses\\.)?dataclass\\b[^\\n]*\\nclass ${type}\\b|^class ${type}\\(\\s*(?:pydantic\\.)?BaseModel\\b`,
		"m",
	);
	return tree.in("python").some(({ text }) => made.test(text));
}
