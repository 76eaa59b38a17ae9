import type { SourceFile } from "../tree/source-file.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** Heads of functions at the left margin. */
const HEADS = {
	shell:
		/^(?:function[ \t]+)?([A-Za-z_][\w-]*)[ \t]*\(\)[ \t]*\{?[ \t]*$|^function[ \t]+([A-Za-z_][\w-]*)[ \t]*\{[ \t]*$/,
	python: /^(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\(/,
	powershell: /^function[ \t]+([\w:-]+)/i,
} as const;

interface Block {
	name: string;
	line: number;
	body: string;
}

export default {
	code: "TS104",
	scope: "static",
	severity: "warning",
	question: "Is every function and every block of a script there once?",
	why: "A merge that kept both sides leaves a second copy. The last one wins, and the next repair lands in the other.",
	example: "`wait_for_port() { … }` twice in start.sh with the same body: delete one.",
	run(tree) {
		const files = tree.in("shell", "python", "powershell").filter(({ path }) => !isAside(path) && !isTest(path));
		const findings = files.flatMap((file) => [
			...functionsTwice(file),
			...(file.language === "shell" ? guardsTwice(file) : []),
		]);
		return { looked: `${files.length} scripts`, findings };
	},
} satisfies StaticCheck;

function functionsTwice(file: SourceFile): Found[] {
	const head = HEADS[file.language as keyof typeof HEADS];
	const names = [...file.text.matchAll(new RegExp(head.source, `gm${head.flags}`))].map(
		(match) => match[1] ?? match[2],
	);
	if (new Set(names).size === names.length) return [];
	const groups = Map.groupBy(blocks(file, head), ({ name, body }) => `${name}\n${body}`);
	return [...groups.values()].flatMap((same) => {
		const [first, second] = same;
		if (second === undefined || first!.body.split("\n").length < 2) return [];
		return [found(file, `${file.path} defines ${first!.name} twice, with the same body`, second.line, first!.line)];
	});
}

function blocks(file: SourceFile, head: RegExp): Block[] {
	const found: Block[] = [];
	const { lines } = file;
	for (const [index, line] of lines.entries()) {
		const match = head.exec(line);
		if (match === null || /^[ \t]*@/.test(lines[index - 1] ?? "")) continue;
		let end = index + 1;
		while (end < lines.length && (/^(?:\s|$)/.test(lines[end]!) || lines[end] === "{")) end += 1;
		const body = [line, ...lines.slice(index + 1, end)]
			.map((one) => one.trim())
			.filter((one) => one !== "")
			.slice(1)
			.join("\n");
		found.push({ name: match[1] ?? match[2]!, line: index + 1, body });
	}
	return found;
}

/** A longer block is no copy that a merge made. */
const MOST_LINES = 500;

/** For every line the next one that begins with the word; -1: none. */
function endsIn(lines: readonly string[]): Readonly<Record<"done" | "esac" | "fi", readonly number[]>> {
	const next = (word: RegExp): number[] => {
		const found = Array.from({ length: lines.length }, () => -1);
		for (let at = lines.length - 2; at >= 0; at -= 1) found[at] = word.test(lines[at + 1]!) ? at + 1 : found[at + 1]!;
		return found;
	};
	return { done: next(/^done\b/), esac: next(/^esac\b/), fi: next(/^fi\b/) };
}

/** The same `if … fi`, loop or case of four lines and more, twice at the left margin, with nothing else between them. */
function guardsTwice(file: SourceFile): Found[] {
	const seen = new Map<string, { line: number; end: number }>();
	const { lines } = file;
	const ends = endsIn(lines);
	const out: Found[] = [];
	for (const [index, line] of lines.entries()) {
		const close = /^if\b/.test(line)
			? "fi"
			: /^(?:for|while|until)\b/.test(line)
				? "done"
				: /^case\b/.test(line)
					? "esac"
					: undefined;
		if (close === undefined) continue;
		const end = ends[close][index]!;
		if (end - index < 3 || end - index > MOST_LINES) continue;
		const text = lines
			.slice(index, end + 1)
			.map((one) => one.trim())
			.join("\n");
		const before = seen.get(text);
		const between = before === undefined ? [] : lines.slice(before.end + 1, index);
		// What runs in between may be why it is asked again.
		if (before !== undefined && between.every((one) => /^\s*(?:#|$)/.test(one)))
			out.push(found(file, `${file.path} has the same block twice: \`${line.trim()}\``, index + 1, before.line));
		seen.set(text, { line: index + 1, end });
	}
	return out;
}

const found = (file: SourceFile, message: string, line: number, first: number): Found => ({
	message,
	evidence: [file.place(line), file.place(first)],
	fix: { say: `delete the second one in ${file.path}, after a look at what the merge before it changed` },
});
