import { nearest } from "../../system/nearest.ts";
import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { argumentsAt, mayBeSame, patternOf } from "../facts/text-patterns.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS545",
	scope: "static",
	severity: "error",
	question: "Do those who publish and those who subscribe name one channel, those who push and those who pop one list?",
	why: "Redis and NATS know no missing channel: messages go nowhere, the other side waits for ever, and nothing says so.",
	example: '`publish(f"jobs:{id}:events", …)`, and the gateway subscribes to `job-events:${id}`: write one.',
	run(tree) {
		const files = tree
			.in("python", "javascript")
			.filter((file) => standingOf(file.path) === "live" && file.has(CLIENT) && file.has(WORTH));
		const uses = files.flatMap((file) => usesIn(tree, file));
		return { looked: `${uses.length} channels and lists`, findings: KINDS.flatMap((kind) => apart(tree, uses, kind)) };
	},
} satisfies StaticCheck;

const CLIENT = /\b(?:redis|ioredis|valkey|nats)\b/i;
const WORTH = /\.(?:p?[sS]ubscribe|publish|[lr][pP]ush|b?[lr][pP]op)\(/;
const CALL = /(?<![\w$])((?:[\w$]+(?:\(\))?[?!]?\.)*)(publish|p?[sS]ubscribe|[lr][pP]ush|b?[lr][pP]op)\(/g;
const KINDS = ["channel", "list"] as const;

interface Use {
	kind: (typeof KINDS)[number];
	gives: boolean;
	/** Undefined where nobody can say. */
	pattern: string | undefined;
	file: SourceFile;
	at: number;
}

const usesIn = (tree: Tree, file: SourceFile): Use[] =>
	file.matches(CALL).flatMap(({ 0: all, 1: on, 2: verb, index }): Use[] => {
		const receiver =
			on!
				.replace(/(?:\(\))?[?!]?\.$/, "")
				.split(".")
				.at(-1) ?? "";
		const args = argumentsAt(file, index + all.length - 1);
		// A function of that name that is the tree's own, or of another library.
		if (on === "" || args === undefined || args.length === 0 || isComment(file, index) || isOther(tree, receiver))
			return [];
		const kind = /push|pop/i.test(verb!) ? "list" : "channel";
		const gives = /push|publish/i.test(verb!);
		const given =
			gives || kind === "list"
				? args.slice(0, 1)
				: args.filter((one) => !/=>|^(?:async )?function\b|^lambda\b|^\{/.test(one));
		if (given.length === 0) return [];
		return given.map((one) => ({
			...{ kind, gives, file, at: index },
			pattern: patternOf(tree, file, one)?.replaceAll(/\*+/g, "*"),
		}));
	});

const isOther = (tree: Tree, receiver: string): boolean =>
	/mqtt|rx|observable|\$$|store|signal|emitter|bus$|array|list|stack/i.test(receiver) ||
	tree.in("python").some(({ path }) => path.endsWith(`/${receiver}.py`) || path === `${receiver}.py`);

const literal = (pattern: string): string => pattern.replaceAll(/[^A-Za-z]/g, "");

const wordsOf = (pattern: string): Set<string> =>
	new Set((pattern.toLowerCase().match(/[a-z]{2,}/g) ?? []).map((word) => word.replace(/s$/, "")));

/** The same words in another order or form, or all words of the other: programs of other trees have channels of other things. */
function isAkin(a: string, b: string): boolean {
	const [one, other] = [wordsOf(a), wordsOf(b)];
	const same = one.isSubsetOf(other) || other.isSubsetOf(one);
	return (same && one.size > 0 && other.size > 0) || nearest(a, [b], 2) !== undefined;
}

/** Both sides are known, and one of each has no counterpart. */
function apart(tree: Tree, all: readonly Use[], kind: Use["kind"]): Found[] {
	const uses = all.filter((one) => one.kind === kind);
	if (uses.some(({ pattern }) => pattern === undefined || literal(pattern).length < 3)) return [];
	const alone = (gives: boolean) =>
		uses.filter(
			(one) =>
				one.gives === gives && !uses.some((other) => other.gives !== gives && mayBeSame(one.pattern!, other.pattern!)),
		);
	const [given, taken] = [alone(true), alone(false)];
	const [first] = given;
	const others = [...new Set(taken.map(({ pattern }) => pattern!))];
	if (first === undefined || others.length === 0 || new Set(given.map(({ pattern }) => pattern)).size > 1) return [];
	const akin = others.filter((one) => isAkin(first.pattern!, one));
	const meant = akin.length === 1 ? akin[0] : nearest(first.pattern!, akin, 6);
	if (meant === undefined) return [];
	const to = taken.filter(({ pattern }) => pattern === meant);
	const [gives, takes] = kind === "list" ? ["pushes to the list", "takes from"] : ["publishes on", "subscribes to"];
	return [
		{
			message: `${first.file.path} ${gives} ${first.pattern!}, and ${to[0]!.file.path} ${takes} ${meant}: neither has another side`,
			evidence: placesOf(tree, [given[0]!, to[0]!, ...given.slice(1, 2), ...to.slice(1, 3)]),
			fix: { say: `write ${meant} on both sides, or ${first.pattern!}` },
		},
	];
}

/** Where the texts are written, and where they are used. */
function placesOf(tree: Tree, uses: readonly Use[]): Found["evidence"] {
	const used = uses.map(({ file, at }) => placeIn(file, file.lineAt(at)));
	const written = uses.slice(0, 2).flatMap(({ file, pattern }) => {
		const [longest] = pattern!.split("*").toSorted((a, b) => b.length - a.length) as [string];
		const home = file.includes(longest)
			? file
			: tree.in("python", "javascript").find((one) => standingOf(one.path) === "live" && one.includes(longest));
		return home === undefined ? [] : [placeIn(home, home.lineAt(home.text.indexOf(longest)))];
	});
	const all = new Map([...written, ...used].map((place) => [`${place.path}:${place.line}`, place]));
	return [...all.values()] as unknown as Found["evidence"];
}
