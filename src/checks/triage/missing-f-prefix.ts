import { editAt } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { above, textOf } from "../python/functions.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { pythonSyntax, type SyntaxNode } from "../tree/syntax.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** A name in braces within a text that is raised, printed or logged. */
const QUICK =
	/(?:\braise\b|\bprint\(|\.(?:debug|info|warning|error|exception|critical)\()[^\n]*(?<![fFrRbBuU\w])["'][^"'\n{]*\{[A-Za-z_]\w*[^{}"'\n]*\}/;
const SAYS =
	/^(?:print|(?:[\w.]*\.)?(?:log|logger|logging|_log|_logger|LOG|LOGGER)\.(?:debug|info|warning|warn|error|exception|critical))$/;

export default {
	code: "TS365",
	scope: "static",
	severity: "warning",
	question: "Does every text of Python that names a variable in braces put its value in?",
	why: "Without the `f` before it the text says {name} to whoever reads the log or the answer, and the value that was needed is lost.",
	example: '`raise ValueError("no account {account_id}")`: write f"no account {account_id}".',
	run(tree) {
		const files = tree.in("python").filter((file) => file.has(QUICK) && standingOf(file.path) === "live");
		return { looked: `${files.length} files with braces in texts`, findings: files.flatMap(inFile) };
	},
} satisfies StaticCheck;

function inFile(file: SourceFile): Found[] {
	const found: Found[] = [];
	pythonSyntax(file).iterate({
		enter({ name, node }) {
			if (name !== "String" || !/^["']/.test(file.text.slice(node.from, node.from + 1))) return;
			const names = [
				...textOf(file, node).matchAll(/(?<!\{)\{([A-Za-z_]\w*)(?:\.\w+)*(?:![rsa])?(?::[^{}\n]*)?\}(?!\})/g),
			];
			const scope = above(node, "FunctionDefinition");
			if (names.length === 0 || scope === undefined || !isSaid(file, node)) return;
			const known = names.map(([, one]) => one!).filter((one) => isBound(file, scope, node, one));
			if (known.length < names.length) return;
			found.push({
				message: `a text of ${file.path} names {${known[0]!}} and has no f before it: it says so instead of the value`,
				evidence: [file.placeAt(node.from)],
				fix: {
					say: "write f before the text",
					...editAt(file, node.from, textOf(file, node), `f${textOf(file, node)}`),
				},
			});
		},
	});
	return found;
}

/** It is an argument of what is raised, printed or logged, and nothing fills it in. */
function isSaid(file: SourceFile, node: SyntaxNode): boolean {
	const outer = node.parent?.name === "ContinuedString" ? node.parent : node;
	const list = outer.parent;
	const call = list?.parent;
	if (list?.name !== "ArgList" || call?.name !== "CallExpression" || call.firstChild === null) return false;
	const says = SAYS.test(textOf(file, call.firstChild));
	if (!says && call.parent?.name !== "RaiseStatement") return false;
	const others = textOf(file, list);
	// loguru and structlog fill in what else is given.
	return !says || !/,/.test(others.replace(textOf(file, outer), "").replaceAll(/\s/g, "").replace(/,\)$/, ")"));
}

/** A parameter or a variable of the function. */
function isBound(file: SourceFile, scope: SyntaxNode, node: SyntaxNode, name: string): boolean {
	const before = file.text.slice(scope.from, node.from);
	return (
		new RegExp(
			`\\b${name}\\s*(?::[^=\\n]*)?=(?!=)|\\bfor\\s+[^\\n]*\\b${name}\\b[^\\n]*\\bin\\b|\\bas\\s+${name}\\b`,
		).test(before) ||
		new RegExp(`[(,*]\\s*${name}\\s*[:=,)]`).test(before.slice(0, before.search(/\)\s*(?:->[^\n]*)?:/) + 1))
	);
}
