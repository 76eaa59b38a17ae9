import type { YAMLError } from "yaml";
import type { Found, StaticCheck } from "../triage-check.ts";
import { ciFiles, MOST as MOST_PARTS, type Parsed } from "../workflows/model.ts";

const MOST = 3;

export default {
	code: "TS201",
	scope: "static",
	severity: "error",
	question: "Is every GitHub workflow valid YAML, with no key twice?",
	why: "A file that cannot be parsed never starts, and no check of it runs. Of two equal keys one is lost or the file is refused.",
	example:
		"A here-document whose body begins at column 1 ends the block of `run: |`. Indent it as the lines around it.",
	run(tree) {
		// Of other files the check of all YAML tells.
		const files = ciFiles(tree).filter(({ kind }) => kind === "workflow");
		const long = files.filter(({ root }) => (root.get("jobs")?.map.size ?? 0) > MOST_PARTS || hasLongJob(root));
		return {
			looked: `${files.length} GitHub workflows`,
			findings: files.flatMap(faultsOf),
			couldNotLook: long.map(({ file }) => ({
				what: `${file.path} has more than ${MOST_PARTS} jobs, or steps of a job: the rest was not looked at`,
				how: "split the workflow",
			})),
		};
	},
} satisfies StaticCheck;

const hasLongJob = (root: Parsed["root"]): boolean =>
	[...(root.get("jobs")?.map.values() ?? [])].some((job) => (job.get("steps")?.list.length ?? 0) > MOST_PARTS);

function faultsOf({ file, errors }: Parsed): Found[] {
	const escaped = errors.some(({ code }) => code !== "DUPLICATE_KEY") ? leftBlock({ file }) : undefined;
	if (escaped !== undefined) return [escaped];
	const broken = errors.filter(({ code }) => code !== "DUPLICATE_KEY");
	const first = broken.find(({ code }) => code === "TAB_AS_INDENT") ?? broken[0];
	// What follows a fault is often its echo.
	return first === undefined ? errors.slice(0, MOST).map((error) => twice(file, error)) : [plain(file, first)];
}

function plain(file: Parsed["file"], { message, pos }: YAMLError): Found {
	const [first = ""] = message.split(/ at line \d+|\n/);
	return {
		message: `${file.path} is no valid YAML: ${first}`,
		evidence: [file.placeAt(Math.min(pos[0], file.text.length - 1))],
		fix: {
			say: "mend the indentation or the quotes there; quote a value that holds `: ` or begins with a special character",
		},
	};
}

function twice(file: Parsed["file"], { pos }: YAMLError): Found {
	const line = file.lineAt(pos[0]);
	const [, indent = "", key = ""] = /^(\s*(?:- )?)([^:]+)/.exec(file.lines[line - 1]!) ?? [];
	const before = file.lines.slice(0, line - 1);
	const earlier = before.findLastIndex(
		(text) =>
			text.slice(indent.length).startsWith(`${key}:`) && text.slice(0, indent.length).trim().replace("-", "") === "",
	);
	return {
		message: `${file.path} gives one mapping the key \`${key.trim()}\` twice`,
		evidence: [file.place(line), ...(earlier === -1 ? [] : [file.place(earlier + 1)])],
		fix: { say: `keep one \`${key.trim()}\`: merge the two, or take the pasted one out` },
	};
}

const indentOf = (line: string): number => /^ */.exec(line)![0].length;

/** A line that left the block of a script in the middle of a here-document. */
function leftBlock({ file }: Pick<Parsed, "file">): Found | undefined {
	for (const [index, line] of file.lines.entries()) {
		if (!/^\s*(?:- )?(?:run|script):\s*[|>]/.test(line)) continue;
		const inside = indentOf(line.replace("- ", "  "));
		const rest = file.lines.slice(index + 1);
		const length = rest.findIndex((text) => text.trim() !== "" && indentOf(text) <= inside);
		const open = length === -1 ? undefined : openHeredoc(rest.slice(0, length));
		const end = open && rest.slice(length).findIndex((text) => text.trim() === open.tag);
		if (open === undefined || end === undefined || end === -1) continue;
		return {
			message: `the body of the here-document \`${open.tag}\` leaves the block of its script in ${file.path}`,
			evidence: [file.place(index + 2 + length), file.place(index + 2 + open.at)],
			fix: {
				say: `indent the body and its \`${open.tag}\` as far as the script, or move the program to a file of the repository`,
			},
		};
	}
	return undefined;
}

function openHeredoc(lines: readonly string[]): { tag: string; at: number } | undefined {
	let open: { tag: string; at: number } | undefined;
	for (const [at, line] of lines.entries()) {
		if (open?.tag === line.trim()) open = undefined;
		const tag = open === undefined ? /<<-?\s*(["']?)(\w+)\1/.exec(line)?.[2] : undefined;
		if (tag !== undefined) open = { tag, at };
	}
	return open;
}
