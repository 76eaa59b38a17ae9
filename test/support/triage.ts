import type { Found, Named, Outcome, StaticCheck, World } from "../../src/checks/triage-check.ts";
import { triage, type TriageRequest } from "../../src/checks/triage.ts";
import { treeOf } from "./tree.ts";

/** A check for tests: what `run` says, under a name. */
export const checkOf = (
	id: string,
	run: StaticCheck["run"],
	about: Partial<Omit<Named<StaticCheck>, "id" | "run">> = {},
): Named<StaticCheck> => ({
	...{ id, code: `TS9${id.length}`, scope: "static", severity: "error", question: `Is ${id} right?` },
	...{ why: `${id} breaks the boot.`, example: "`bad` fails; `good` works." },
	...about,
	run,
});

/** Every line that holds `word` is a finding. */
export const linesWith = (word: string, after?: string): StaticCheck["run"] => {
	return (tree): Outcome => ({
		looked: `${tree.files.length} files`,
		findings: tree.files.flatMap((file) =>
			file.lines.flatMap((text, at): Found[] => {
				if (!text.includes(word)) return [];
				const edit = { path: file.path, line: at + 1, before: text, after };
				return [
					{
						message: `${file.path} says ${word}`,
						evidence: [file.place(at + 1)],
						fix: { say: `take ${word} out`, ...(after === undefined ? {} : { edit }) },
					},
				];
			}),
		),
	});
};

const NO_TOOLS: World = {
	shell: { run: () => Promise.reject(new Error("no program is here")) },
	tool: async () => undefined,
};

/** Noon of a day on which every test of triage happens. */
export const NOON = Date.parse("2026-11-29T12:00:00.000Z");

export const triageOf = (
	files: Readonly<Record<string, string | null>>,
	checks: readonly Named<StaticCheck>[],
	more: Partial<TriageRequest> = {},
) =>
	triage({
		...{ tree: treeOf(files), checks, runtime: undefined, silences: [], budgetMs: undefined },
		...{ world: NO_TOOLS, now: NOON, signal: new AbortController().signal },
		...more,
	});
