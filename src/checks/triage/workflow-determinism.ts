import { editAt } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** What differs from run to run, and what the SDK has for it. https://docs.temporal.io/develop/python/python-sdk-sandbox */
const INSTEAD: readonly (readonly [RegExp, string])[] = [
	[/\b(?:datetime\.)?datetime\.(?:now|utcnow|today)\(|\bdate\.today\(/, "workflow.now()"],
	[/\btime\.(?:time|monotonic)(?:_ns)?\(/, "workflow.time()"],
	[/\btime\.sleep\(/, "await asyncio.sleep(…), which is a timer of the workflow"],
	[/\buuid\.uuid[14]\(|(?<![\w.])uuid[14]\(/, "workflow.uuid4()"],
	[/\brandom\.(?:random|randint|choice|choices|shuffle|uniform|sample)\(/, "workflow.random()"],
	[/\b(?:requests|httpx)\.(?:get|post|put|delete|patch|request)\(|\burlopen\(/, "an activity"],
	[/\bos\.environ\b|\bos\.getenv\(/, "an argument of the workflow, or an activity that reads it"],
];

export default {
	code: "TS369",
	scope: "static",
	severity: "error",
	question: "Is every Temporal workflow of Python deterministic?",
	why: "A workflow is replayed from its history: a clock, a random number or a request gives another value then, and the task fails with a non-determinism error after a restart of the worker.",
	example: "`datetime.now()` in a class with @workflow.defn: write workflow.now().",
	run(tree) {
		const files = tree
			.in("python")
			.filter(
				(file) =>
					file.includes("@workflow.defn") && standingOf(file.path) !== "history" && standingOf(file.path) !== "test",
			);
		return { looked: `${files.length} files with workflows`, findings: files.flatMap(inFile) };
	},
} satisfies StaticCheck;

/** The classes of workflows, by their lines: from `@workflow.defn` to the next line that is not indented. */
function inFile(file: SourceFile): Found[] {
	let inside = false;
	let head = false;
	return file.lines.flatMap((text, index): Found[] => {
		if (/^@workflow\.defn\b/.test(text)) [inside, head] = [true, true];
		else if (/^class\b/.test(text) && head) head = false;
		else if (/^[^\s#@)\]}]/.test(text) && !head) inside = false;
		if (!inside || /^\S/.test(text)) return [];
		return INSTEAD.flatMap(([pattern, say]): Found[] => {
			const found = pattern.exec(text);
			if (found === null || kindAt(file, file.startOf(index + 1) + found.index) !== "code") return [];
			const call = found[0].replace(/\($/, "()");
			const at = file.startOf(index + 1) + found.index;
			const whole = `${found[0]})`;
			const simple = /^workflow\.\w+\(\)$/.test(say) && text.includes(whole) && !say.includes("random");
			return [
				{
					message: `a workflow of ${file.path} calls ${call}, whose value is another one when it is replayed`,
					evidence: [file.place(index + 1)],
					fix: { say: `use ${say}`, ...(simple ? editAt(file, at, whole, say) : {}) },
				},
			];
		});
	});
}
