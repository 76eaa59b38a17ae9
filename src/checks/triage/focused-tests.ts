import { editOf } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** `it.only(`, `describe.serial.only(`, `fdescribe(`, at the begin of a line. */
const ONLY =
	/^[ \t]*((?:describe|context|suite|it|test|specify)(?:\.(?:concurrent|sequential|parallel|serial|describe))*\.only|fdescribe|fit)(?=[ \t]*[(.`])/gm;

export default {
	code: "TS240",
	scope: "static",
	severity: "warning",
	question: "Do all tests of a file run, and not one alone?",
	why: "`.only` is meant for an hour at a desk. Committed, it leaves out every other test of the file, and the run is green.",
	example: "`test.only('signs in', …)` in login.spec.ts: write `test(`.",
	run(tree) {
		const files = tree
			.in("javascript")
			.filter(({ path }) => standingOf(path) === "test" && !isAside(path) && !path.includes("__mocks__"));
		return { looked: `${files.length} files of tests`, findings: files.flatMap(inFile) };
	},
} satisfies StaticCheck;

const inFile = (file: SourceFile): Found[] =>
	file.matches(ONLY).flatMap(({ 0: all, 1: call, index }) => {
		const at = index + all.length - call!.length;
		if (kindAt(file, at) !== "code") return [];
		const line = file.lineAt(at);
		const bare = call!.replace(/^f(?=describe|it)/, "").replace(/\.only$/, "");
		return [
			{
				message: `${file.path} runs one part alone: \`${call!}\` leaves out the rest of its tests`,
				evidence: [file.place(line)] as const,
				fix: { say: `write ${bare} for ${call!}`, ...editOf(file, line, `${call!}`, bare) },
			},
		];
	});
