import { isOwnSource } from "../javascript/imports.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { scriptSyntax, type SyntaxNode } from "../tree/syntax.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS329",
	scope: "static",
	severity: "error",
	question: "Does something wait for the callbacks that are async?",
	why: "forEach drops the promises: everything runs at once, what follows runs first, and a failure ends nothing. For some, every and filter a promise is always true.",
	example:
		"`items.forEach(async (item) => { await store(item); })`: write `for (const item of items) await store(item);`.",
	run(tree) {
		const files = tree
			.in("javascript")
			.filter((file) => file.has(CALL) && isOwnSource(file) && standingOf(file.path) === "live");
		return { looked: `${files.length} files with such callbacks`, findings: files.flatMap(inFile) };
	},
} satisfies StaticCheck;

const CALL = /\.(?:forEach|map|flatMap|filter|some|every|find|findIndex)\(\s*async\b/;
const DROPS = /^(?:forEach|map|flatMap)$/;
const TESTS = /^(?:filter|some|every|find|findIndex)$/;
/** Streams and queries have methods of these names that wait. */
const WAITS =
	/Readable|[sS]tream|[cC]ursor|[oO]bservable|[iI]terator|AsyncIter|[qQ]uery|\b(?:from|pipe|pipeline|compose|aggregate|collection|locator|page|cy|browser|driver|\$\$?)\(|^(?:Bluebird|async|p|_|rx|bot|composer|router|app)\b|\$$/;

function inFile(file: SourceFile): Found[] {
	const found: Found[] = [];
	const textOf = ({ from, to }: SyntaxNode): string => file.text.slice(from, to);
	scriptSyntax(file).iterate({
		enter({ name, node }) {
			const callee = node.firstChild;
			const callback = name === "CallExpression" ? node.getChild("ArgList")?.firstChild?.nextSibling : undefined;
			if (callee?.name !== "MemberExpression" || !callback) return;
			const method = callee.lastChild === null ? "" : textOf(callee.lastChild);
			if (!/^(?:ArrowFunction|FunctionExpression)$/.test(callback.name) || !textOf(callback).startsWith("async"))
				return;
			const on = callee.firstChild === null ? "" : textOf(callee.firstChild);
			const dropped = DROPS.test(method) && node.parent?.name === "ExpressionStatement" && !catches(callback, textOf);
			const tested = TESTS.test(method) && !isAwaited(node);
			if ((dropped || tested) && !WAITS.test(on)) found.push(foundFor(file, callee, { method, on, dropped }));
		},
	});
	return found;
}

/** By `await`, by a chain that goes on, or by who gets the whole. */
function isAwaited(node: SyntaxNode): boolean {
	const above = node.parent;
	return (
		/^(?:AwaitExpression|MemberExpression|ForSpec|ForOfSpec)$/.test(above?.name ?? "") ||
		above?.firstChild?.name === "await"
	);
}

/** All that it does stands in a `try`: it was meant to run by itself. */
function catches(callback: SyntaxNode, textOf: (node: SyntaxNode) => string): boolean {
	const body = callback.getChild("Block");
	if (body === null) return /\.catch\(/.test(textOf(callback));
	const awaits = textOf(callback).match(/\bawait\b/g)?.length ?? 0;
	const caught = body.getChildren("TryStatement").filter((one) => /\bcatch\b/.test(textOf(one)));
	const within = caught.reduce((sum, one) => sum + (textOf(one).match(/\bawait\b/g)?.length ?? 0), 0);
	return awaits === 0 || within === awaits || /\.catch\(/.test(textOf(callback));
}

function foundFor(
	file: SourceFile,
	callee: SyntaxNode,
	{ method, on, dropped }: { method: string; on: string; dropped: boolean },
): Found {
	const name = `${on.split("\n")[0]!.slice(0, 40)}.${method}`;
	return {
		message: dropped
			? `${name} is given an async function, and nothing waits for what it does`
			: `${name} is given an async function, and takes its promise for true`,
		evidence: [file.placeAt(callee.from)],
		fix: {
			say: dropped
				? "write for (const … of …) with await, or await Promise.all(….map(async …))"
				: "await Promise.all(….map(async …)) first, and test what it gives",
		},
	};
}
