import { Evaluator, Lexer, Parser, data } from "@actions/expressions";
import { Expression, sectionOf, type Tree } from "./workflow.ts";

/** What expressions can see: the contexts by name, and how it stands with what ran before. */
export interface Scope {
	contexts: Readonly<Record<string, unknown>>;
	status: "success" | "failure" | "cancelled";
}

type Value = ReturnType<Evaluator["evaluate"]>;

const statusFunctions = (status: Scope["status"]) =>
	new Map(
		Object.entries({
			always: true,
			success: status === "success",
			failure: status === "failure",
			cancelled: status === "cancelled",
		}).map(([name, holds]) => [name, { name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(holds) }]),
	);

/** Evaluates what stood between the braces, with GitHub's own evaluator. @throws Error for an unknown name or function */
function valueOf(source: string, { contexts, status }: Scope): Value {
	const functions = statusFunctions(status);
	const tree = new Parser(new Lexer(source).lex().tokens, Object.keys(contexts), [...functions.values()]).parse();
	const visible = JSON.parse(JSON.stringify(contexts), data.reviver) as data.Dictionary;
	return new Evaluator(tree, visible, functions).evaluate();
}

/** Whether a condition holds. */
export const holds = (source: string, scope: Scope): boolean =>
	valueOf(`!(${source})`, scope).coerceString() === "false";

/** A scalar of the file as text. */
export function text(tree: Tree | undefined, scope: Scope): string {
	if (tree instanceof Expression) return valueOf(tree.source, scope).coerceString();
	if (tree !== null && typeof tree === "object") throw new Error("a scalar is wanted here");
	return String(tree ?? "");
}

/** A mapping of the file with every value as text. */
export const texts = (tree: Tree | undefined, scope: Scope): Record<string, string> =>
	Object.fromEntries(Object.entries(sectionOf(tree)).map(([name, value]) => [name, text(value, scope)]));

/** A part of the file as plain data, its expressions evaluated. */
export function plain(tree: Tree | undefined, scope: Scope): unknown {
	if (tree instanceof Expression) return JSON.parse(JSON.stringify(valueOf(tree.source, scope), data.replacer));
	if (Array.isArray(tree)) return tree.map((one) => plain(one, scope));
	if (tree === null || typeof tree !== "object") return tree;
	return Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, plain(value, scope)]));
}
