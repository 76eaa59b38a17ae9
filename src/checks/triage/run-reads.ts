import { posix } from "node:path";
import { contextsOf } from "../dockerfile/contexts.ts";
import { chainOf, copiesOf, mayBring, onPlainBase, workdirAt } from "../dockerfile/image-files.ts";
import { installOf } from "../dockerfile/install.ts";
import { dockerfilesOf, scriptOf, type DockerModel, type Stage, type Step } from "../dockerfile/model.ts";
import { targetsOf } from "../launch/words.ts";
import type { Command, Word } from "../shell/lexer.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS305",
	scope: "static",
	severity: "error",
	question: "Does every file that a RUN reads come with an instruction above it?",
	why: "A RUN above the COPY of its file stops the build with `No such file or directory`.",
	example: "`RUN pip install -r requirements.txt` above `COPY requirements.txt .`: move the COPY up.",
	run(tree) {
		const models = dockerfilesOf(tree);
		const findings = models.flatMap((model) =>
			model.stages.flatMap((stage) =>
				stage.steps.flatMap((step) => (step.keyword === "RUN" ? readsOf(tree, model, stage, step) : [])),
			),
		);
		return { looked: `${models.length} Dockerfiles`, findings };
	},
} satisfies StaticCheck;

function readsOf(tree: Tree, model: DockerModel, stage: Stage, step: Step): Found[] {
	const contexts = contextsOf(tree, model.file.path);
	if (contexts === undefined || /--mount=type=bind/.test(step.args)) return [];
	let folder = workdirAt(stage, step);
	const { commands } = scriptOf(step);
	const copies = copiesOf(stage);
	return commands.flatMap((command, index): Found[] => {
		const [program, to] = command.words;
		if (program?.text === "cd")
			folder = to === undefined || to.dynamic || folder === undefined ? undefined : posix.resolve(folder, to.text);
		return filesRead(command, tree, commands, index).flatMap((word): Found[] => {
			if (word.dynamic || /[*?{~]/.test(word.text) || (folder === undefined && !word.text.startsWith("/"))) return [];
			const path = posix.resolve(folder ?? "/", word.text);
			const before = copies.filter((copied) => copied.step.start < step.start);
			if (before.some((copied) => mayBring(tree, contexts, copied, path)) || isMade(stage, step, word, path)) return [];
			const later = copies.find((copied) => copied.step.start > step.start && mayBring(tree, contexts, copied, path));
			if (later === undefined && !onPlainBase(stage)) return [];
			return [
				{
					message: `a RUN of ${model.file.path} reads ${word.text}, and no instruction above it brings ${path}`,
					evidence: [
						...(later === undefined ? [] : [model.file.placeAt(later.step.start)]),
						model.file.placeAt(step.restAt + word.start),
					] as unknown as Found["evidence"],
					fix: { say: later === undefined ? `COPY ${posix.basename(path)} above it` : "move this COPY above the RUN" },
				},
			];
		});
	});
}

/** What a command cannot do without: requirement files, manifests of npm, scripts, files that chmod and `.` name. */
function filesRead(command: Command, tree: Tree, commands: readonly Command[], index: number): Word[] {
	const install = installOf(command);
	const { words, reads } = command;
	// What a branch asks for first may be absent.
	if (
		commands
			.slice(0, index)
			.some(
				({ words: [first, flag] }) =>
					(first?.text === "[" || first?.text === "test" || first?.text === "[[") &&
					/^!?$|^-[efsrd]$/.test(flag?.text ?? ""),
			)
	)
		return [];
	if (install?.tool === "pip") {
		const options = words.flatMap((word, at) =>
			/^(?:-r|-c|--requirement|--constraint)$/.test(word.text) ? (words[at + 1] ?? []) : [],
		);
		const joined = words.flatMap((word) => {
			const found = /^(?:-r|-c|--requirement=|--constraint=)([^\s-].*)$/.exec(word.text)?.[1];
			return found === undefined || /^(?:-r|-c)$/.test(word.text) ? [] : [{ ...word, text: found }];
		});
		return [...options, ...joined].filter(({ text }) => !text.includes("://"));
	}
	if (install?.called === "npm ci")
		return words.some(({ text }) => text.startsWith("--prefix"))
			? []
			: [{ ...words[0]!, text: "package.json", dynamic: false }];
	const scripts = targetsOf(command).filter(({ kind, name }) => kind === "script" && /\.(?:sh|py|[cm]?js)$/.test(name));
	const named = words.filter(({ text }) => scripts.some(({ name }) => name === text));
	const changed = words[0]?.text === "chmod" ? words.slice(2).filter(({ text }) => /\.(?:sh|py)$/.test(text)) : [];
	return [
		...named,
		...changed,
		...reads.filter(
			({ text }) =>
				!text.startsWith("/dev/") && !text.startsWith("/proc/") && !text.startsWith("/etc/") && !/^&?\d?-?$/.test(text),
		),
	].filter(({ text }) => tree.paths.length > 0 && text !== "");
}

/** Whether an earlier RUN, or this one, names the file before, or unpacks what may hold it. */
function isMade(stage: Stage, step: Step, word: Word, path: string): boolean {
	const base = posix.basename(path);
	const earlier = chainOf(stage)
		.flatMap(({ steps }) => steps)
		.filter((one) => one.start < step.start && one.keyword === "RUN" && !isOnlyReader(one, base));
	const here = step.rest
		.slice(0, word.start)
		.replaceAll(/\bchmod\b[^\n;&|]*|(?:-r|-c|--requirement|bash|sh|python3?)\s+\S+/g, "");
	const written = new RegExp(`>\\s*["']?(?:${RegExp.escape(path)}|${RegExp.escape(word.text)})(?![\\w/])`);
	return (
		here.includes(base) ||
		written.test(step.rest) ||
		unpacks(scriptOf(step).commands.filter(({ words }) => words[0] !== undefined && words[0].start < word.start)) ||
		earlier.some((one) => one.rest.includes(base) || unpacks(scriptOf(one).commands))
	);
}

/** A clone, an archive or a copied folder may hold anything. */
const unpacks = (commands: readonly Command[]): boolean =>
	commands.some(({ words }) => {
		const texts = words.map(({ text }) => text);
		return (
			/^(?:tar|unzip|rsync|ln|bsdtar|7z)$/.test(texts[0] ?? "") ||
			(texts[0] === "git" && texts.includes("clone")) ||
			(/^(?:cp|mv)$/.test(texts[0] ?? "") && texts.some((one) => /^-\w*[raR]/.test(one)))
		);
	});

const isOnlyReader = ({ rest }: Step, base: string): boolean =>
	new RegExp(`(?:-r|-c|chmod \\S+|bash|sh|python3?)\\s+\\S*${RegExp.escape(base)}`).test(rest) &&
	!/>|\bcp\b|\bmv\b|\bcurl\b|\bwget\b/.test(rest);
