import type { Part } from "../calls/arguments.ts";
import { crossedNames } from "../calls/crossed-names.ts";
import { isPlainCall } from "../calls/rebound.ts";
import { knownCalls, type KnownCall } from "../calls/known-calls.ts";
import { targetOf, type Target } from "../calls/resolve.ts";
import { EVEN, TURNS, around } from "../calls/turned.ts";
import { fits, isNear, readName, wordsOf } from "../calls/words.ts";
import { editAt } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import type { Signature } from "../calls/signatures.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS385",
	scope: "static",
	severity: "error",
	question: "Does every argument stand at the place of the parameter whose name it bears?",
	why: "Two arguments of one type in the wrong order pass every type check, and the wrong file is written, or the wrong account is charged.",
	example: "`upload(path, key)` and the function is `def upload(key, path)`.",
	run(tree) {
		const calls = knownCalls(tree).filter(({ given }) => given.length > 1);
		const byName = Map.groupBy(calls, ({ candidates }) => candidates);
		const findings = calls.flatMap((call) => judged(tree, call, byName.get(call.candidates)!));
		const named = tree
			.in("python", "javascript")
			.filter(({ path }) => !isAside(path))
			.flatMap(crossedNames);
		return { looked: `${calls.length} calls of own names`, findings: [...findings, ...named] };
	},
} satisfies StaticCheck;

/** Characters between two calls that go both ways. */
const NEAR = 250;

interface Swap {
	first: number;
	second: number;
	/** A call that has them in order. */
	other?: KnownCall;
}

function judged(tree: Tree, call: KnownCall, all: readonly KnownCall[]): Found[] {
	const names = call.given.map(({ text }) => nameOf(text));
	if (
		!call.candidates.some(({ parameters }) =>
			mayCross(
				names,
				parameters.map(({ name }) => name),
			),
		)
	)
		return [];
	const target = targetOf(tree, call);
	if (target === undefined) return [];
	const { signature } = target;
	if (isOwn(call, target)) return [];
	const others = (): KnownCall[] => all.filter((one) => targetOf(tree, one)?.signature === signature);
	const swap = swapIn(call, target, others);
	if (swap === undefined || TURNS.test(call.name) || !isPlainCall(call) || TURNS.test(around(call))) return [];
	return [foundFor(call, signature, swap)];
}

/** `queue_for(kind)`, `buildQueue(kind)`: what it makes, by the name of the function. */
const madeName = (text: string): string | undefined =>
	/^(?:(?:await|self|this)[ .])?(?:get|make|build|new|create)?_?([A-Za-z]\w*?)(?:_?(?:for|For|of|Of|from|From))?\([^()]*\)$/
		.exec(text)?.[1]
		?.replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase());

/** The name that an argument reads, when it says something. */
function nameOf(text: string): string | undefined {
	const name = readName(text) ?? madeName(text);
	return name === undefined || /^(?:self|this|cls|tmp_path|None|True|False|null|undefined|true|false)$/.test(name)
		? undefined
		: name;
}

/** An argument bears the name of another parameter: what is asked before anything is looked up. */
const mayCross = (names: readonly (string | undefined)[], wanted: readonly string[]): boolean =>
	names.some(
		(name, at) =>
			name !== undefined &&
			at < wanted.length &&
			wanted.some((one, other) => other !== at && other < names.length && fits(name, one)) &&
			!fits(name, wanted[at]!),
	);

function foundFor({ file, on, name, given }: KnownCall, signature: Signature, swap: Swap): Found {
	const [a, b] = [given[swap.first]!, given[swap.second]!];
	const wanted = signature.parameters.map(({ name }) => name);
	const others = swap.other === undefined ? [] : [swap.other.file.placeAt(swap.other.at)];
	return {
		message: `${on === "" ? "" : `${on}.`}${name}(${wanted.join(", ")}) is given ${a.text} for ${wanted[swap.first]!} and ${b.text} for ${wanted[swap.second]!}`,
		evidence: [file.placeAt(a.at), signature.file.placeAt(signature.at), ...others],
		fix: { say: `give ${b.text} before ${a.text}`, ...edited(file, a, b) },
	};
}

function edited(file: SourceFile, a: Part, b: Part) {
	if (file.lineAt(a.at) !== file.lineAt(b.at)) return {};
	const between = file.text.slice(a.at + a.text.length, b.at);
	return editAt(file, a.at, `${a.text}${between}${b.text}`, `${b.text}${between}${a.text}`);
}

function swapIn(call: KnownCall, target: Target, others: () => readonly KnownCall[]): Swap | undefined {
	const { given, file } = call;
	const { parameters } = target.signature;
	const names = given.map(({ text }) => nameOf(text));
	if (given.length > parameters.length || given.some(({ text }) => /^(?:\*|\.\.\.|\w+\s*=(?!=))/.test(text)))
		return undefined;
	for (let first = 0; first < given.length; first += 1)
		for (let second = first + 1; second < given.length; second += 1) {
			const [p, q] = [parameters[first]!.name, parameters[second]!.name];
			const [a, b] = [names[first], names[second]];
			if (a === undefined || b === undefined || EVEN.test(p) || EVEN.test(q) || fits(p, q) || fits(a, b)) continue;
			if (fits(a, p) || fits(b, q)) continue;
			const [crossed, back] = [fits(a, q), fits(b, p)];
			if (!crossed && !back) continue;
			const all = others();
			const other = all.find((one) => one !== call && inOrder(one, first, second, [p, q]));
			const same = all.some(
				(one) =>
					one.file === file &&
					Math.abs(one.at - call.at) < NEAR &&
					nameOf(one.given[first]?.text ?? "") === b &&
					nameOf(one.given[second]?.text ?? "") === a,
			);
			if (same) continue;
			const whole = other === undefined ? {} : { other };
			if (crossed && back) return { first, second, ...whole };
			if ([first, second].some((at) => given[at]!.text.endsWith(")"))) continue;
			if (isNear(a, p) || isNear(b, q) || !isSharp(crossed ? [a, q] : [b, p])) continue;
			// A key in capitals; `t1` and `t2`.
			if (CONSTANT.test(a) || CONSTANT.test(b) || p.replace(/\d+$/, "") === q.replace(/\d+$/, "")) continue;
			// A single word may be the caller's for something else: of a server the client is a socket.
			const shown = other !== undefined && wordsOf(crossed ? a : b).length > 1 && standingOf(file.path) !== "test";
			if (shown || isMade(call, crossed ? b : a, crossed ? p : q)) return { first, second, ...whole };
		}
	return undefined;
}

const CONSTANT = /^[A-Z][A-Z0-9_]+$/;

/** Another call names what it gives at both places by what is asked for there, or one of them. */
function inOrder({ given }: KnownCall, first: number, second: number, [p, q]: [string, string]): boolean {
	const [a, b] = [nameOf(given[first]?.text ?? ""), nameOf(given[second]?.text ?? "")];
	if (a === undefined || b === undefined) return false;
	return (fits(a, p) || fits(b, q)) && !fits(a, q) && !fits(b, p);
}

/** The name ends in the parameter's words, so that it says more than the parameter. */
const isSharp = ([given, wanted]: [string, string]): boolean =>
	!/^(?:value|name|data|item|obj|object|result|text|len|length|type|options|args|default|file|from|to|at|on|by|of|start|end)$/i.test(
		wanted,
	) && wordsOf(given).join("_").endsWith(wordsOf(wanted).join("_"));

/** The function passes on to another one of its name, whose order may differ. */
const isOwn = ({ file, at }: KnownCall, { guessed, signature }: Target): boolean =>
	guessed &&
	new RegExp(`\\b${signature.name}\\s*\\([^()]*\\)[^\\n]*\\n(?:[^\\n]*\\n){0,4}[^\\n]*$`).test(
		file.text.slice(Math.max(0, at - 400), at),
	);

const PLACE = /^(?:path|file|filename|dir|directory|folder|dest|destination|target|source|src|dst|local)$/;
const MADE =
	/\bpath\.join\(|\bPath\(|(?<![\w.])join\(|\bresolve\(|mkdtemp|NamedTemporary|\s\/\s*f?["']|\.with_(?:suffix|name)\(|tempfile/;

/** A variable that was made from parts of a path stands where a name of something else is asked for. */
function isMade({ file, at }: KnownCall, name: string, wanted: string): boolean {
	if (!wordsOf(wanted).some((word) => PLACE.test(word))) return false;
	const before = file.text.slice(Math.max(0, at - 3000), at);
	const made = [
		...before.matchAll(new RegExp(`(?<![\\w$.])${RegExp.escape(name)}\\s*(?::[^=\\n]+)?=(?![=>])([^\\n]*)`, "g")),
	].at(-1)?.[1];
	return made !== undefined && MADE.test(made);
}
