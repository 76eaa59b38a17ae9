import { nearest } from "../../system/nearest.ts";
import { fits, isNear, wordsOf } from "../calls/words.ts";
import { editAt } from "../facts/found.ts";
import {
	calledName,
	temporalCalls,
	temporalIn,
	type Defined,
	type TemporalCall,
	type TemporalNames,
} from "../facts/temporal.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS388",
	scope: "static",
	severity: "error",
	question:
		"Does some workflow of Temporal have every signal, query and update that it is sent, and is every workflow known by its name?",
	why: "A signal that no workflow handles is kept and never read; a query or an update is refused; a workflow of an unknown name fails task after task.",
	example: '`handle.signal("stopRender")` and the workflow has `defineSignal("stop")`.',
	run(tree) {
		const names = temporalIn(tree);
		const calls = temporalCalls(names);
		return {
			looked: `${calls.length} calls of Temporal`,
			findings: calls.flatMap((call) => judged(call, names, calls)),
		};
	},
} satisfies StaticCheck;

function judged(call: TemporalCall, names: TemporalNames, calls: readonly TemporalCall[]): Found[] {
	const { defined, open } = names;
	const called = calledName(call, names);
	const known = defined.filter(({ kind }) => kind === call.kind);
	if (
		called === undefined ||
		open.has(call.kind) ||
		!defined.some(({ kind }) => kind === "workflow" || kind === "activity")
	)
		return [];
	const name = called.literal ? called.name : memberOf(call, called.name, defined);
	if (name === undefined || known.some((one) => one.name === name) || /^SIG[A-Z]/.test(name)) return [];
	const meant = nameMeant(call, name, known, calls, names);
	// A workflow or an activity of another program is called by its name, too.
	if (meant === undefined && (call.kind === "workflow" || call.kind === "activity" || known.length === 0)) return [];
	const right = known.filter((one) => meant === undefined || one.name === meant);
	return [foundFor(call, name, meant, right)];
}

function nameMeant(
	{ kind }: TemporalCall,
	name: string,
	known: readonly Defined[],
	calls: readonly TemporalCall[],
	names: TemporalNames,
): string | undefined {
	const all = [...new Set(known.map((one) => one.name))];
	const near = all.filter((one) => isNear(one, name));
	const close = nearest(name, all, 2) ?? (near.length === 1 ? near[0] : undefined);
	if (close !== undefined) return close;
	if (kind !== "workflow" && kind !== "activity") return all.length === 1 ? all[0] : undefined;
	// Of several that are near, the one whose words it has, and that nothing else calls.
	const own = near.filter((one) => fits(one, name) || begins(one, name) || begins(name, one));
	const idle = own.filter((one) => !calls.some((other) => calledName(other, names)?.name.split(".").includes(one)));
	return idle.length === 1 ? idle[0] : undefined;
}

const begins = (one: string, other: string): boolean => wordsOf(one).every((word, at) => wordsOf(other)[at] === word);

/** `Clip.stop` of a workflow's class in the tree that has no such method. */
function memberOf(call: TemporalCall, text: string, defined: readonly Defined[]): string | undefined {
	const [, owner, member] = /^(\w+)\.(\w+)$/.exec(text) ?? [];
	if (owner === undefined || call.kind === "workflow" || call.kind === "activity" || call.file.language !== "python")
		return undefined;
	const own = defined.some((one) => one.kind === "workflow" && one.signature?.owner === owner);
	const has = defined.some((one) => one.signature?.owner === owner && one.signature.name === member);
	return own && !has ? member : undefined;
}

function foundFor(call: TemporalCall, name: string, meant: string | undefined, right: readonly Defined[]): Found {
	const { file, first, kind } = call;
	const all = [...new Set(right.map((one) => one.name))];
	const what =
		kind === "workflow" || kind === "activity"
			? `no ${kind} of the tree has that name`
			: `no workflow of the tree has that ${kind}`;
	return {
		message: `${call.by} is given the ${kind} ${name}, and ${what}${all.length > 0 ? `; there is ${all.join(", ")}` : ""}`,
		evidence: [file.placeAt(first.at), ...right.slice(0, 4).map((one) => one.file.placeAt(one.at))],
		fix: {
			say: meant === undefined ? `name one that there is, or handle ${name} in the workflow` : `write ${meant}`,
			...(meant === undefined ? {} : editAt(file, first.at + first.text.indexOf(name), name, meant)),
		},
	};
}
