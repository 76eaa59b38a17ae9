import { assignments, dockerfilesOf, scriptOf, type DockerModel } from "../dockerfile/model.ts";
import { copyWords } from "../dockerfile/image-files.ts";
import { requirementFilesOf } from "../python/requirements.ts";
import { shellScriptOf, type Command } from "../shell/lexer.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** Branches, as opposed to tags and commits. */
const BRANCH = /^(?:main|master|develop|dev|trunk|HEAD|latest|nightly|stable|next|release|origin\/\S+)$/;
const MOVING_URL =
	/https?:\/\/\S*(?:\/releases\/latest\/|\/latest\/download\/|raw\.githubusercontent\.com\/[^/\s]+\/[^/\s]+\/(?:refs\/heads\/)?(?:main|master)\/|\/archive\/(?:refs\/heads\/)?(?:main|master)\.)\S*/;

export default {
	code: "TS314",
	scope: "static",
	severity: "warning",
	question: "Is every source that a build takes from the network fixed to a commit, a version or a checksum?",
	why: "A branch moves: the native compile that worked yesterday fails today without a change on your side, or builds something else.",
	example:
		"`git clone https://github.com/a/b` → add `&& git -C b checkout <commit>`; `ADD https://…` → `ADD --checksum=sha256:… https://…`.",
	run(tree) {
		const models = dockerfilesOf(tree).filter(({ file }) => !isAside(file.path));
		const scripts = tree.in("shell").filter((file) => !isAside(file.path) && file.has(/\bgit\b[^\n]*\bclone\b/));
		const findings = [
			...models.flatMap((model) => [...inRuns(model), ...inAdds(model)]),
			...scripts.flatMap((file) => clones(file, shellScriptOf(file).commands, 0, new Map())),
			...requirementFilesOf(tree)
				.filter(({ file }) => !isAside(file.path))
				.flatMap(({ file }) => inRequirements(file)),
		];
		return { looked: `${models.length} Dockerfiles and ${scripts.length} scripts that clone`, findings };
	},
} satisfies StaticCheck;

function inRuns({ file, stages, globals }: DockerModel): Found[] {
	return stages.flatMap(({ steps }) => {
		const values = new Map([...globals].map(([name, { value }]) => [name, value]));
		return steps.flatMap((step): Found[] => {
			if (step.keyword === "ARG" || step.keyword === "ENV")
				for (const [name, value] of assignments(step)) values.set(name, value ?? values.get(name));
			if (step.keyword !== "RUN") return [];
			const { commands } = scriptOf(step);
			return [
				...clones(file, commands, step.restAt, values),
				...downloads(file, commands, step.restAt),
				...pipGit(file, commands, step.restAt),
			];
		});
	});
}

function clones(
	file: SourceFile,
	commands: readonly Command[],
	from: number,
	values: ReadonlyMap<string, string | undefined>,
): Found[] {
	return commands.flatMap((command, index): Found[] => {
		const texts = command.words.map(({ text }) => text);
		const at = texts.indexOf("clone");
		if (texts[0] !== "git" || at === -1) return [];
		const url = texts.slice(at).find((text) => /^(?:https?|ssh|git):\/\/\S+|^git@\S+:/.test(text) && !/[$]/.test(text));
		if (url === undefined) return [];
		const flag = texts.findIndex((text) => /^(?:-b|--branch)(?:=|$)/.test(text));
		const written = flag === -1 ? undefined : (texts[flag]!.split("=")[1] ?? texts[flag + 1]);
		const branch = written?.replaceAll(/\$\{?(\w+)\}?/g, (all, name: string) => values.get(name) ?? all);
		if (branch !== undefined && !BRANCH.test(branch)) return [];
		const later = commands.slice(index + 1).map(({ words }) => words.map(({ text }) => text));
		const fixed = later.some(
			(words) =>
				words[0] === "git" &&
				/^(?:checkout|reset|switch|fetch)$/.test(
					words.find((word) => /^(?:checkout|reset|switch|fetch)$/.test(word)) ?? "",
				) &&
				words.some(
					(word, place) =>
						place > 1 &&
						!word.startsWith("-") &&
						!BRANCH.test(resolved(word, values)) &&
						!/^(?:checkout|reset|switch|fetch|origin|\.)$/.test(word),
				),
		);
		if (fixed) return [];
		return [
			{
				message: `${file.path} clones ${url} ${branch === undefined ? "without a commit" : `at the branch ${branch}`}`,
				evidence: [file.placeAt(from + command.words[0]!.start)],
				fix: { say: "check one commit out after it: git -C DIR checkout <commit>" },
			},
		];
	});
}

const resolved = (word: string, values: ReadonlyMap<string, string | undefined>): string =>
	word.replaceAll(/\$\{?(\w+)\}?/g, (all, name: string) => values.get(name) ?? all);

function downloads(file: SourceFile, commands: readonly Command[], from: number): Found[] {
	return commands.flatMap(({ words }): Found[] => {
		if (!words.some(({ text }) => text === "curl" || text === "wget")) return [];
		const moving = words.find(({ text }) => MOVING_URL.test(text));
		if (moving === undefined) return [];
		return [
			{
				message: `${file.path} downloads ${moving.text}, which is another file with each release`,
				evidence: [file.placeAt(from + moving.start)],
				fix: { say: "name a version in the address, and compare the sha256" },
			},
		];
	});
}

function pipGit(file: SourceFile, commands: readonly Command[], from: number): Found[] {
	return commands.flatMap(({ words }) =>
		words.some(({ text }) => /^pip[\d.]*$|^uv$/.test(text.split("/").at(-1)!) || text === "pip")
			? words
					.filter(({ text }) => unpinnedGit(text))
					.map((word) => git(file, word.text, file.placeAt(from + word.start)))
			: [],
	);
}

const inRequirements = (file: SourceFile): Found[] =>
	file.lines.flatMap((line, index) => {
		const found = /^(?!\s*#).*?(git\+\S+)/.exec(line)?.[1];
		return found !== undefined && unpinnedGit(found) ? [git(file, found, file.place(index + 1))] : [];
	});

const unpinnedGit = (text: string): boolean => {
	const url = /git\+(?:https?|ssh|git|file):\/\/(\S+)/.exec(text)?.[1]?.replace(/#.*$/, "");
	if (url === undefined || /[$]/.test(url)) return false;
	const ref = /\/.*@([^@/]+(?:\/[^@]+)?)$/.exec(url)?.[1];
	return ref === undefined || BRANCH.test(ref);
};

const git = (file: SourceFile, what: string, place: Found["evidence"][0]): Found => ({
	message: `${file.path} installs ${what.replace(/^.*?git\+/, "git+")}, which is whatever its branch holds`,
	evidence: [place],
	fix: { say: "add the commit: …@<commit>" },
});

function inAdds({ file, steps }: DockerModel): Found[] {
	return steps
		.filter(({ keyword, flags }) => keyword === "ADD" && !flags.has("checksum"))
		.flatMap((step) =>
			(copyWords(step)?.sources ?? [])
				.filter((source) => /^(?:https?:\/\/|git@)/.test(source) && !/\.git#\S+/.test(source))
				.map((source) => ({
					message: `${file.path} adds ${source} without a checksum`,
					evidence: [file.placeAt(step.start)] as const,
					fix: { say: /\.git(?:$|#)/.test(source) ? "add the commit: ….git#<commit>" : "ADD --checksum=sha256:…" },
				})),
		);
}
