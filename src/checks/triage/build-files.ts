import { posix } from "node:path";
import { goneDockerfiles } from "../dockerfile/contexts.ts";
import { endingIn } from "../launch/resolve.ts";
import { isAside, isSample, isTest } from "../tree/aside.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS319",
	scope: "static",
	severity: "error",
	question: "Is every Dockerfile that a compose file or a script builds in the tree?",
	why: "After a tidy-up there is nothing to build: the next build stops before its first step.",
	example: "`dockerfile: docker/Dockerfile.api` and the tree has Dockerfile.api at its root: name that one.",
	run(tree) {
		const gone = goneDockerfiles(tree).filter(
			({ by, path }) => ![by.path, path].some((one) => isAside(one) || isTest(one) || isSample(one)),
		);
		const findings = gone.flatMap(({ path, by }): Found[] => {
			const base = posix.basename(path);
			// Where a script goes first is not known: only a file that is nowhere in the tree is gone.
			if (by.language === "shell" && endingIn(tree, base) !== undefined) return [];
			const named = by.lines.findIndex((text) => text.includes(base));
			const line = named === -1 ? by.lines.findIndex((text) => /^\s*build:/.test(text)) : named;
			const moved = endingIn(tree, base);
			return [
				{
					message: `${by.path} builds ${path}, which is not in the tree`,
					evidence: [by.place(Math.max(0, line) + 1)],
					fix: {
						say: moved === undefined ? "bring it back, or take the build out" : `build ${moved}, if that is the one`,
					},
				},
			];
		});
		return { looked: `${tree.in("yaml", "shell").length} files that may build`, findings };
	},
} satisfies StaticCheck;
