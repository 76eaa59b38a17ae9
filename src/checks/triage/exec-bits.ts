import { posix } from "node:path";
import { launchesOf, type Launch } from "../launch/launches.ts";
import { coveredByCopy, resolveScript } from "../launch/resolve.ts";
import { dockerfilesOf } from "../dockerfile/model.ts";
import { copiesOf } from "../dockerfile/image-files.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS106",
	scope: "static",
	severity: "error",
	question: "Can every script that is started by its path be executed?",
	why: "Without the exec bit in git the start fails with `permission denied`, on every checkout and in every image that copies the file.",
	example: "`command=/app/start.sh` and start.sh has mode 100644: `git update-index --chmod=+x start.sh`.",
	run(tree) {
		const launches = launchesOf(tree).filter(
			({ kind, direct, by }) => kind === "script" && direct === true && by !== "powershell",
		);
		const groups = new Map<SourceFile, Launch[]>();
		for (const launch of launches) {
			const found = resolveScript(tree, launch);
			if (found === undefined || !("files" in found)) continue;
			// Another machine may have other files below a folder of the same name.
			if (launch.by === "remote" && !coveredByCopy(tree, launch.name)) continue;
			for (const file of found.files)
				if (file.executable === false && file !== launch.file) groups.set(file, [...(groups.get(file) ?? []), launch]);
		}
		const [changed, inImages] = [chmodsOf(tree, false), chmodsOf(tree, true)];
		const findings = [...groups].flatMap(([file, all]): Found[] => {
			if (changed.some((pattern) => pattern.test(file.path))) return [];
			// An image that changes the mode of its own copy changes none on a host.
			const isChanged = inImages.some((pattern) => pattern.test(file.path)) || copiedWithMode(tree, file.path);
			const by = isChanged ? all.filter((one) => ON_HOST.test(one.by)) : all;
			if (by.length === 0) return [];
			return [
				{
					message: `${file.path} is started by its path and cannot be executed`,
					evidence: [file.place(1), ...by.slice(0, 5).map((one) => one.file.place(one.line))],
					fix: { say: `git update-index --chmod=+x ${file.path}, or start it with its interpreter` },
				},
			];
		});
		return { looked: `${launches.length} starts by path`, findings: [...findings, ...hooks(tree)] };
	},
} satisfies StaticCheck;

/** Hooks in a folder that the tree tells git to take: git passes over one without the exec bit. */
function hooks(tree: Tree): Found[] {
	const told = tree.files.flatMap((file) =>
		!file.has(/hooksPath/i) || /^(?:python|javascript)$/.test(file.language)
			? []
			: file
					.matches(HOOKS)
					.map(({ 1: folder, index }) => ({ folder: posix.normalize(folder!), at: file.placeAt(index) })),
	);
	const all = new Map(
		told.flatMap(({ folder, at }) =>
			tree.files
				.filter((file) => posix.dirname(file.path) === folder && HOOK.test(file.path) && file.executable === false)
				.map((file) => [file, at] as const),
		),
	);
	const changed = all.size === 0 ? [] : chmodsOf(tree, false);
	return [...all].flatMap(([file, at]): Found[] =>
		changed.some((pattern) => pattern.test(file.path))
			? []
			: [
					{
						message: `${file.path} is a hook of git and cannot be executed: git passes over it`,
						evidence: [file.place(1), at],
						fix: { say: `git update-index --chmod=+x ${file.path}` },
					},
				],
	);
}

const HOOKS = /\bgit[ \t]+config[ \t]+(?:--\w+[ \t]+)*core\.hooksPath[ \t]+["']?([\w./-]+?)\/?["']?(?=[\s`;&"']|$)/gi;
const HOOK = /(?:^|\/)(?:pre|post|prepare|commit|update|reference|push|applypatch|sendemail|fsmonitor)(?:-[a-z-]+)?$/;

/** What is started there is started from a checkout or a folder of the machine. */
const ON_HOST = /^(?:systemd|cron|make|workflow)$/;

/** Patterns of the paths that some `chmod +x` or `chmod 755` of the tree names, within images or anywhere else. */
function chmodsOf(tree: Tree, inImages: boolean): RegExp[] {
	const texts = tree.files.filter(
		(file) =>
			!/^(?:markdown|python|javascript)$/.test(file.language) &&
			(file.language === "dockerfile") === inImages &&
			file.has(/\b(?:chmod|install -m)\b/),
	);
	const words = texts.flatMap(({ text }) =>
		[...text.matchAll(CHANGED)].flatMap(([, by, rest]) => {
			const own = rest!.split(/[\s"'\\]+/);
			const isOther = own.some((word) => PLAIN.test(word) || (by === "install" && word === "-d"));
			return isOther ? [] : own.filter((word) => !isMadeThere(text, word));
		}),
	);
	const paths = words.filter((word) => !/^(?:-.*|[0-7]{3,4}|[ugoa]*[+=-][rwxXst]+|)$/.test(word));
	return [...new Set(paths.flatMap(patternOf))];
}

/** A variable that only ever holds what the script itself makes outside of the tree: `part="$(mktemp -d)"`. */
function isMadeThere(text: string, word: string): boolean {
	const name = /^\$\{?(\w+)\}?$/.exec(word)?.[1];
	if (name === undefined || new RegExp(`\\b(?:for|read)\\b[^\\n;]*\\b${name}\\b`).test(text)) return false;
	const values = [...text.matchAll(new RegExp(`(?<![\\w$])${name}=([^\\n;]*)`, "g"))];
	return (
		values.length > 0 && values.every(([, value]) => /\bmktemp\b|^["']?\/(?:tmp|var|run|home|root|etc)\b/.test(value!))
	);
}

/** Without the `install` of a manager of packages. */
const CHANGED =
	/\b(chmod|(?<!\b(?:pip\d?|uv|pipx|apt|apt-get|apk|dnf|yum|brew|npm|pnpm|yarn|poetry|conda|mamba|cargo|go|gem|helm|playwright|compose)\b[^\n;&|]*)install)\b((?:[^\n;&|]|\\\r?\n)*)/g;

/** A mode that lets nobody execute: `0640`, `u=rw,go=r`, `-m0644`. */
const PLAIN = /^(?:(?:-m|--mode=)?0?[0246]{3}|(?:[ugoa]*[+=-][rwst]+,?)+)$/;

function patternOf(word: string): RegExp[] {
	const base = posix.basename(word.replace(/\/$/, ""));
	if (!/^[\w.*?+@-]+$/.test(base)) return word.includes("$") ? [/(?:)/] : [];
	const name = base.replaceAll(/[.+]/g, "\\$&").replaceAll("*", "[^/]*").replaceAll("?", "[^/]");
	return [new RegExp(`(?:^|/)${name}(?:$|/)`)];
}

const copiedWithMode = (tree: Tree, path: string): boolean =>
	dockerfilesOf(tree).some(({ stages }) =>
		stages
			.flatMap(copiesOf)
			.some(
				({ step, sources }) =>
					step.flags.has("chmod") &&
					sources.some((source) => path.endsWith(source.replace(/\/$/, "")) || path.includes(source) || source === "."),
			),
	);
