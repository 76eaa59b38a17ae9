import type { Part } from "../calls/arguments.ts";
import { isPlainCall } from "../calls/rebound.ts";
import { knownCalls, type KnownCall } from "../calls/known-calls.ts";
import { targetOf } from "../calls/resolve.ts";
import type { Signature } from "../calls/signatures.ts";
import { once } from "../tree/once.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS386",
	scope: "static",
	severity: "error",
	question: "Is every function of the tree given as many arguments as it takes?",
	why: "A parameter that was added or removed stops every call that was not changed with it: TypeError in Python, a build that fails or an undefined value in TypeScript.",
	example: "`render(config)` and the function is `def render(config, base_dir)`.",
	run(tree) {
		const calls = knownCalls(tree);
		return { looked: `${calls.length} calls of own names`, findings: calls.flatMap((call) => judged(tree, call)) };
	},
} satisfies StaticCheck;

function judged(tree: Tree, call: KnownCall): Found[] {
	const { least, most } = boundsOf(call.candidates);
	const python = call.file.language === "python";
	if (!python && call.given.length >= least && call.given.length <= most) return [];
	const faultOf = python ? pythonFault : scriptFault;
	if (call.candidates.every((one) => faultOf(call, one) === undefined)) return [];
	const target = targetOf(tree, call);
	if (target === undefined || target.guessed || target.signature.doubtful) return [];
	const fault = faultOf(call, target.signature);
	if (fault === undefined || !isPlainCall(call)) return [];
	const { signature } = target;
	return [
		{
			message: `${call.on === "" ? "" : `${call.on}.`}${call.name}() ${fault}`,
			evidence: [call.file.placeAt(call.at), signature.file.placeAt(signature.at)],
			fix: { say: "give it what the definition takes, or change the definition and all its calls" },
		},
	];
}

/** How many arguments all functions of a name take by their position. */
const boundsOf = once((candidates: readonly Signature[]) => ({
	least: Math.max(...candidates.map(({ parameters }) => parameters.findLastIndex(({ optional }) => !optional) + 1)),
	most: Math.min(...candidates.map(({ parameters, any }) => (any ? Infinity : parameters.length))),
}));

const KEYWORD = /^([A-Za-z_]\w*)\s*=(?!=)/;

function pythonFault({ given }: KnownCall, signature: Signature): string | undefined {
	if (given.some(({ text }) => text.startsWith("*") || /\S\s+(?:async\s+)?for\s/.test(text))) return undefined;
	const words = given.flatMap(({ text }) => KEYWORD.exec(text)?.[1] ?? []);
	const count = given.length - words.length;
	const { parameters, named, any } = signature;
	if (count > parameters.length && !any) return tooMany(count, parameters.length);
	const missing = [...parameters.slice(count), ...named].filter(
		({ name, optional }) => !optional && !words.includes(name),
	);
	// Another name that it is given is told elsewhere.
	const known = new Set([...parameters, ...named].map(({ name }) => name));
	if (words.some((word) => !known.has(word)) && !signature.anyNamed) return undefined;
	return missing.length === 0 ? undefined : `is not given ${missing.map(({ name }) => name).join(" and ")}`;
}

const tooMany = (count: number, most: number): string =>
	`is given ${count} argument${count === 1 ? "" : "s"}, and takes ${most === 0 ? "none" : most}`;

const TYPED = /\.[cm]?tsx?$/;

function scriptFault({ file, given }: KnownCall, signature: Signature): string | undefined {
	if (!TYPED.test(file.path) || !TYPED.test(signature.file.path) || given.some(isSpread)) return undefined;
	const { parameters, any } = signature;
	if (given.length > parameters.length) return any ? undefined : tooMany(given.length, parameters.length);
	const missing = parameters.slice(given.length).filter(({ optional }) => !optional);
	if (missing.length === 0) return undefined;
	return `is not given ${missing.map(({ name }) => name || "its last argument").join(" and ")}`;
}

const isSpread = ({ text }: Part): boolean => text.startsWith("...");
