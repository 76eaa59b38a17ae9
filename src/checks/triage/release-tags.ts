import { isSample } from "../tree/aside.ts";
import { standingOf } from "../facts/standing.ts";
import { kindAt } from "../tree/tokens.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { workflowsOf } from "../workflows/model.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

/** `git tag v1.2.3`, `git tag -a v1.2.3 -m …`, `git push origin v1.2.3`. */
const TAGGED =
	/\bgit[ \t]+(?:tag[ \t]+(?:-(?:a|s|f|as)[ \t]+)*(?:-m[ \t]+(?:"[^"\n]*"|'[^'\n]*')[ \t]+)?|push[ \t]+origin[ \t]+(?:refs\/tags\/|tag[ \t]+)?)["']?((?:[a-z][\w-]*[-_/@])?v?\d+\.\d+(?:\.\d+)?(?:[-.](?:rc|beta|alpha)[.-]?\d+)?)["']?(?=[\s`&;]|$)/gm;

/** How to release, and no list of releases. */
const GUIDE = /(?:^|\/)docs?\/(?:[^/]+\/)*release\.md$/i;

export default {
	code: "TS250",
	scope: "static",
	severity: "warning",
	question: "Does a tag that the documents tell to push start the release?",
	why: "The tag is pushed, and nothing happens: no workflow waits for a tag of that form.",
	example: "README says `git tag v1.2.3` and the workflow has `tags: ['release-*']`: write one form.",
	run(tree) {
		const filters = workflowsOf(tree).flatMap(({ on, file }) => {
			const tags = on.get("push")?.get("tags");
			return tags === undefined
				? []
				: tags.texts.flatMap((part) => (part.text === undefined ? [] : [{ text: part.text, place: part.place, file }]));
		});
		const open =
			filters.length === 0 ||
			filters.some(({ text }) => text.startsWith("!")) ||
			workflowsOf(tree).some(({ on }) => on.has("create") || on.has("release"));
		const told = open
			? []
			: tree.files.filter(
					(file) =>
						(file.language === "markdown" || file.language === "shell") &&
						file.has(/\bgit[ \t]+(?:tag|push)\b/) &&
						(GUIDE.test(file.path) ||
							standingOf(file.path) === "docs" ||
							(standingOf(file.path) === "live" && !isSample(file.path))),
				);
		return { looked: `${filters.length} patterns of tags`, findings: told.flatMap((file) => inFile(file, filters)) };
	},
} satisfies StaticCheck;

function inFile(file: SourceFile, filters: readonly { text: string; place: FilePlace }[]): Found[] {
	const seen = new Set<string>();
	return file.matches(TAGGED).flatMap(({ 0: all, 1: tag, index }): Found[] => {
		const form = tag!.replaceAll(/\d+/g, "0");
		if (seen.has(form) || filters.some(({ text }) => globOf(text).test(tag!)) || kindAt(file, index) === "comment")
			return [];
		seen.add(form);
		return [
			{
				message: `${file.path} tells to push the tag ${tag!}, and no workflow waits for such a tag: ${filters.map(({ text }) => text).join(", ")}`,
				evidence: [file.placeAt(index + all.indexOf(tag!)), ...filters.slice(0, 3).map(({ place }) => place)] as const,
				fix: { say: "write the form of tags that the workflow waits for, or let it wait for this one" },
			},
		];
	});
}

/** GitHub's pattern: `*` is not a slash, `?`, `+` and `[…]` count as in its documentation of filters. */
const globOf = (pattern: string): RegExp =>
	new RegExp(
		`^${pattern
			.replaceAll(/[.^${}()|\\]/g, "\\$&")
			.replaceAll("**", "\u0000")
			.replaceAll("*", "[^/]*")
			.replaceAll("\u0000", ".*")}$`,
	);
