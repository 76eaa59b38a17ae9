import { valueOf } from "../data/ini.ts";
import { programsOf, supervisorFilesOf } from "../supervisor/programs.ts";
import { isAside } from "../tree/aside.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";
import type { Tree } from "../tree/tree.ts";

export default {
	code: "TS324",
	scope: "static",
	severity: "warning",
	question: "Does every program that is needed start by itself?",
	why: "A worker with autostart=false is absent after each boot until somebody logs in: its queue stalls. A start by hand does not outlast the next restart.",
	example:
		"`[program:worker-gpu]` with `autostart=false`, and no line of the tree runs `supervisorctl start worker-gpu`.",
	run(tree) {
		const files = supervisorFilesOf(tree).filter(({ file }) => !isAside(file.path));
		const findings = files.flatMap((ini) =>
			programsOf(ini).flatMap(({ name, section }): Found[] => {
				const option = valueOf(section, "autostart");
				if (option === undefined || !/^(?:false|off|no|0)$/i.test(option.value) || isStarted(tree, name)) return [];
				const expected = expectations(tree, name);
				return [
					{
						message: `${ini.file.path}: ${name} does not start by itself, and nothing in the tree starts it${expected.length > 0 ? ", but it is expected to run" : ""}`,
						severity: expected.length > 0 ? "error" : "warning",
						evidence: [ini.file.place(option.line), ...expected.slice(0, 3)],
						fix: {
							say: "write autostart=true",
							edit: {
								path: ini.file.path,
								line: option.line,
								before: ini.file.lines[option.line - 1]!,
								after: ini.file.lines[option.line - 1]!.replace(/(?:false|off|no|0)(?=\s*(?:;.*)?$)/i, "true"),
							},
						},
					},
				];
			}),
		);
		return { looked: `${files.flatMap(programsOf).length} programs of supervisor`, findings };
	},
} satisfies StaticCheck;

/** A script or a program that starts it, or all, or starts what a variable names. */
function isStarted(tree: Tree, name: string): boolean {
	const own = RegExp.escape(name);
	const start = new RegExp(
		`supervisorctl\\b[^\\n]*\\b(?:start|restart)["',\\s]+(?:[^\\n]*[\\s"':])?(?:${own}(?![\\w-])|all\\b|\\$|\\{)|(?:startProcess|start_process)\\w*\\([^\\n]*(?:${own}|\\w)`,
	);
	return tree.files.some(
		(file) =>
			/^(?:shell|python|javascript|powershell|yaml|dockerfile|text)$/.test(file.language) &&
			file.includes("start") &&
			start.test(file.text),
	);
}

/** Lines outside supervisor's files that ask for it to run. */
function expectations(tree: Tree, name: string): FilePlace[] {
	const own = RegExp.escape(name);
	const asks = new RegExp(
		`(?<![\\w-])${own}(?![\\w-]).*\\bRUNNING\\b|\\bRUNNING\\b.*(?<![\\w-])${own}(?![\\w-])|supervisorctl\\b.*\\bstatus\\b.*(?<![\\w-])${own}(?![\\w-])|\\b(?:required|expected|must run)\\b.*(?<![\\w-])${own}(?![\\w-])`,
		"i",
	);
	return tree.files.flatMap((file) =>
		file.language === "ini" || !file.text.includes(name) || isAside(file.path)
			? []
			: file.lines.flatMap((line, index) => (asks.test(line) ? [file.place(index + 1)] : [])),
	);
}
