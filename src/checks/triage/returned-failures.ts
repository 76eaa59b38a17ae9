import { standingOf } from "../facts/standing.ts";
import { temporalIn } from "../facts/temporal.ts";
import { sentIn } from "../facts/temporal-sent.ts";
import { moduleOf } from "../javascript/bindings.ts";
import { moduleImports } from "../javascript/imports.ts";
import { above, textOf } from "../python/functions.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { pythonSyntax, scriptSyntax, type SyntaxNode } from "../tree/syntax.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS511",
	scope: "static",
	severity: "error",
	question: "Does a task of a queue fail when its work fails?",
	why: "An error that is returned as text is a result: the task is green, nothing tries it again, and who asked works on with the text.",
	example: '`except Exception as error: return f"error: {error}"` in an activity of Temporal: raise it instead.',
	run(tree) {
		const python = tree.in("python").filter((file) => isWorth(file) && file.has(TASK));
		const scripts = activityFiles(tree).filter(isWorth);
		const names = scripts.length === 0 ? new Set<string>() : activityNames(tree);
		const handlers = [...python.flatMap(pythonHandlers), ...scripts.flatMap((file) => scriptHandlers(file, names))];
		return {
			looked: `${python.length + scripts.length} files of tasks`,
			findings: handlers.flatMap((one) => judged(tree, one)),
		};
	},
} satisfies StaticCheck;

/** Where the failure of a task is caught. */
interface Handler {
	task: string;
	file: SourceFile;
	/** The name of what was caught. */
	caught: string | undefined;
	/** What was tried, as text. */
	tried: string;
	statements: readonly SyntaxNode[];
}

const isWorth = (file: SourceFile): boolean =>
	standingOf(file.path) === "live" && file.text.length < 200_000 && file.has(/\b(?:except|catch)\b/);

/** Decorators of Temporal, Celery, Airflow and Prefect; the last two need their import. */
const TASK = /^[ \t]*@(?:activity\.defn|shared_task|(?:app|celery|\w*celery\w*)\.task|task)\b/m;

function pythonHandlers(file: SourceFile): Handler[] {
	const found: Handler[] = [];
	const plain = file.has(/^(?:from|import)\s+(?:airflow|prefect)\b/m);
	pythonSyntax(file).iterate({
		enter({ name, node }) {
			if (name !== "TryStatement") return;
			const task = above(node, "FunctionDefinition");
			const title = task?.getChild("VariableName");
			const decorators = task?.parent?.getChildren("Decorator").map((one) => textOf(file, one).trim()) ?? [];
			if (title && decorators.some((one) => TASK.test(one) && (plain || !/^@task\b/.test(one))))
				found.push(...exceptsOf(file, node).map((one) => ({ ...one, task: textOf(file, title), file })));
		},
	});
	return found;
}

function exceptsOf(file: SourceFile, node: SyntaxNode): Omit<Handler, "file" | "task">[] {
	const [first, ...bodies] = node.getChildren("Body");
	return bodies.flatMap((body) => {
		const before = body.prevSibling;
		const isExcept = /\bexcept\b[^\n]*$/.test(file.text.slice(node.from, body.from));
		if (!isExcept || first === undefined) return [];
		const caught =
			before?.name === "VariableName" && before.prevSibling?.name === "as" ? textOf(file, before) : undefined;
		return [{ caught, tried: textOf(file, first), statements: statementsOf(body) }];
	});
}

const statementsOf = (body: SyntaxNode): SyntaxNode[] => {
	const all: SyntaxNode[] = [];
	for (let one = body.firstChild; one !== null; one = one.nextSibling)
		if (/Statement$|Declaration$/.test(one.name)) all.push(one);
	return all;
};

/** Files that workflows and workers of Temporal import from, and those named for it. */
function activityFiles(tree: Tree): SourceFile[] {
	const own = temporalIn(tree).files.filter(({ language }) => language === "javascript");
	const imported = (file: SourceFile): SourceFile[] =>
		moduleImports(file).flatMap(({ specifier }) => moduleOf(tree, file, specifier) ?? []);
	const near = own.flatMap(imported);
	return own.length === 0 ? [] : [...new Set([...own, ...near, ...near.flatMap(imported)])];
}

const activityNames = (tree: Tree): Set<string> =>
	new Set(
		temporalIn(tree)
			.files.filter(({ language }) => language === "javascript")
			.flatMap((file) => sentIn(file).map(({ name }) => name)),
	);

function scriptHandlers(file: SourceFile, names: ReadonlySet<string>): Handler[] {
	const found: Handler[] = [];
	scriptSyntax(file).iterate({
		enter({ name, node }) {
			if (name !== "CatchClause") return;
			const task = nearestFunction(file, node);
			const [tried, body] = [node.parent?.getChild("Block"), node.getChild("Block")];
			const caught = node.getChild("VariableDefinition");
			if (task !== undefined && names.has(task) && tried && body)
				found.push({
					...{ task, file, caught: caught === null ? undefined : textOf(file, caught) },
					...{ tried: textOf(file, tried), statements: statementsOf(body) },
				});
		},
	});
	return found;
}

/** The name of the function that holds a node, or of what it is assigned to. */
function nearestFunction(file: SourceFile, node: SyntaxNode): string | undefined {
	for (let one = node.parent; one !== null; one = one.parent) {
		const method = /^(?:Property|MethodDeclaration)$/.test(one.name) && one.getChild("ParamList") !== null;
		if (!method && !/^(?:FunctionDeclaration|FunctionExpression|ArrowFunction)$/.test(one.name)) continue;
		const holder = /^(?:FunctionDeclaration|Property|MethodDeclaration)$/.test(one.name) ? one : one.parent;
		const title = holder?.getChild("VariableDefinition") ?? holder?.getChild("PropertyDefinition");
		return title ? textOf(file, title) : undefined;
	}
	return undefined;
}

const LOGS =
	/^(?:await\s+)?(?:[\w.]*\b(?:log|logger|logging|LOGGER|LOG|console|workflow|activity|structlog)\b[\w.]*|print|traceback\.\w+)\s*\(/;
const FAILURE = /^[fr]*["'`](?:an? |the )?(?:error|err|fail(?:ed|ure)?|exception)\b/i;

function judged(tree: Tree, { task, file, caught, tried, statements }: Handler): Found[] {
	const last = statements.at(-1);
	if (last?.name !== "ReturnStatement" || !/\breturn\s+[^\s;]/.test(tried)) return [];
	if (statements.slice(0, -1).some((one) => !LOGS.test(textOf(file, one)))) return [];
	const value = textOf(file, last)
		.replace(/^return\s*/, "")
		.replace(/;$/, "")
		.trim();
	const isText = /^[fr]*["'`]/.test(value);
	const told = caught === undefined ? undefined : RegExp.escape(caught);
	const holds =
		told !== undefined &&
		new RegExp(
			isText
				? `\\{(?:(?:str|String|repr)\\()?${told}(?:\\)|\\.message|!\\w)?\\}`
				: `^(?:(?:str|String|repr)\\(${told}\\)|${told}\\.message)$`,
		).test(value);
	// What begins with a constant is looked for by that.
	if (/^[fr]*["'`]\$?\{[A-Z][A-Z_]+\}/.test(value)) return [];
	if (!(isText ? FAILURE.test(value) || holds : holds) || isAsked(tree, value)) return [];
	const shown = value.split("\n")[0]!.replaceAll(/^[fr]*["'`]|["'`]$/g, "");
	return [
		{
			message: `${task} returns its failure as text: ${shown.slice(0, 60)}`,
			evidence: [file.placeAt(last.from)],
			fix: { say: `${file.language === "python" ? "raise" : "throw"} it, so that the task fails and is tried again` },
			...(file.has(/temporalio/) || file.language === "javascript" ? {} : { severity: "warning" as const }),
		},
	];
}

/** Somebody looks for the text: it is how they agreed to tell a failure. */
function isAsked(tree: Tree, value: string): boolean {
	const word = /^[fr]*["'`]([A-Za-z]+)/.exec(value)?.[1];
	if (word === undefined) return false;
	const asks = new RegExp(
		`(?:[sS]tarts_?[wW]ith\\(|includes\\(|\\bin\\b|[=!]==?|test\\(|match\\()\\s*["'\`]${word}|["'\`]${word}\\W*["'\`]\\s+in\\b|/\\^?${word}`,
	);
	return tree.in("python", "javascript").some((file) => standingOf(file.path) === "live" && file.has(asks));
}
