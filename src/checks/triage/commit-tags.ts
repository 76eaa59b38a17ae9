import { standingOf } from "../facts/standing.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";
import { commitTagsOf, type CommitTags } from "../workflows/commit-tags.ts";

export default {
	code: "TS145",
	scope: "static",
	severity: "error",
	question: "Does who pulls the image of a commit name it by the tag that the workflow pushes?",
	why: "The image is there under another tag: `manifest unknown`, and the machine that was rented for it does not start.",
	example:
		"The workflow pushes `app:sha-${{ github.sha }}`, the script starts `app:$Revision`: write `app:sha-$Revision`.",
	run(tree) {
		const published = commitTagsOf(tree);
		const files =
			published.length === 0
				? []
				: tree.files.filter(
						({ path }) => /^(?:live|docs|example)$/.test(standingOf(path)) && !isAside(path) && !isTest(path),
					);
		const findings = published.flatMap((one) => files.flatMap((file) => inFile(tree, file, one)));
		return { looked: `${published.length} images with tags of a commit`, findings };
	},
} satisfies StaticCheck;

/** A name that says that it holds a commit: `GIT_SHA`, `$Revision`, `commit_id`. */
const OF_COMMIT = /^(?:git|ci|github|source|image|app)?_?(?:sha|commit|revision|rev)(?:_?(?:sha|id|hash))?$/i;
const VALUE = String.raw`([\w.-]*)(?:\$\{\{\s*github\.(sha)\s*\}\}|\$\((git rev-parse [^)]*)\)|\$\{?\(?(\w+)(?::?[-?][^}]*)?[})]?|\{(\w+)\}|%(\w+)%|<([\w-]+)>)(?![\w.-])`;

function inFile(tree: Tree, file: SourceFile, { repository, tags, files }: CommitTags): Found[] {
	if (files.has(file.path) || !file.text.toLowerCase().includes(repository)) return [];
	const names = holdersOf(file, repository);
	const held = names.map(
		(name) => String.raw`\$\{\{\s*env\.${name}\s*\}\}|\$\{?\(?${name}(?:\?\}|\}|\))?|\{${name}\}|%${name}%`,
	);
	const pattern = new RegExp(`(?:${[RegExp.escape(repository), ...held].join("|")}):${VALUE}`, "gi");
	return file
		.matches(pattern)
		.flatMap(({ 0: all, 1: prefix, 2: sha, 3: command, 4: a, 5: b, 6: c, 7: told, index }): Found[] => {
			const name = a ?? b ?? c;
			const word = name ?? told?.replaceAll("-", "_");
			const isCommit = sha !== undefined || command !== undefined || (word !== undefined && OF_COMMIT.test(word));
			if (!isCommit || isComment(file, index) || tags.some((one) => one.prefix === prefix)) return [];
			if (name !== undefined && mayHoldTag(tree, file, name, tags)) return [];
			const [made] = tags;
			const used = all.slice(all.indexOf(":") + 1);
			return [
				{
					message: `${file.path} takes ${repository} by the tag ${prefix === "" ? "of the bare commit" : `${prefix}<commit>`}, and the workflow pushes ${[...new Set(tags.map((one) => `${one.prefix}<commit>`))].join(", ")}`,
					evidence: [file.placeAt(index + all.length - 1), made!.place],
					fix: { say: `write ${made!.prefix}${used.slice(prefix!.length)} for the tag ${used}` },
				},
			];
		});
}

/** Variables that the file gives the name of the image. */
const holdersOf = (file: SourceFile, repository: string): string[] => [
	...new Set(
		file
			.matches(
				new RegExp(
					`(?<![\\w-])([A-Za-z_]\\w*)["']?[ \\t]*(?::=|\\?=|[:=])[ \\t]*["']?(?:\\$\\{\\w+:?-)?${RegExp.escape(repository)}(?=["'}\\s,;)]|$)`,
					"gim",
				),
			)
			.map(([, name]) => name!),
	),
];

/** What the name holds begins with the prefix of a tag, in the file itself or as somebody hands it in. */
function mayHoldTag(tree: Tree, file: SourceFile, name: string, tags: CommitTags["tags"]): boolean {
	const prefixes = tags.map((one) => RegExp.escape(one.prefix)).filter((one) => one !== "");
	if (prefixes.length === 0)
		return file.has(new RegExp(`(?<!\\w)${name}["']?[ \\t]*(?::=|=)[^\\n]*(?:version|tag)`, "i"));
	const given = new RegExp(
		`(?<!\\w)${name}["'\`]?(?:[ \\t]*[:=]|[ \\t])[^\\n]{0,60}?(?<!\\w)(?:${prefixes.join("|")})`,
		"i",
	);
	return tree.files.some((one) => standingOf(one.path) !== "history" && one.includes(name) && given.test(one.text));
}
