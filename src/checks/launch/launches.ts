import { isCrontab } from "../data/crontabs.ts";
import { scriptsOf } from "../javascript/scripts.ts";
import { dockerfilesOf, execForm, scriptOf, type DockerModel, type Stage, type Step } from "../dockerfile/model.ts";
import { podStarts } from "../kubernetes/workloads.ts";
import { parseShell, shellScriptOf } from "../shell/lexer.ts";
import { iniOf, valueOf } from "../data/ini.ts";
import { unitsOf } from "../data/systemd.ts";
import { programsOf, supervisorFilesOf } from "../supervisor/programs.ts";
import { isAside } from "../tree/aside.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { inContainer } from "./containers.ts";
import { powershellTargets } from "./powershell.ts";
import { pythonTargets } from "./python.ts";
import { remoteStarts } from "./remote.ts";
import { taskTargets } from "./scheduled.ts";
import { targets, targetsOf, type Target } from "./words.ts";

/** A place that starts something. */
export interface Launch extends Target {
	file: SourceFile;
	line: number;
	by:
		| "supervisor"
		| "systemd"
		| "dockerfile"
		| "compose"
		| "kubernetes"
		| "procfile"
		| "shell"
		| "npm"
		| "powershell"
		| "python"
		| "make"
		| "pyproject"
		| "workflow"
		| "cron"
		| "remote"
		| "task";
	/** The folder that the place itself says it runs in. */
	cwd?: string;
	/** The stage of an image that it runs in. */
	image?: { model: DockerModel; stage: Stage; step: Step };
}

/** The command of a line of cron, behind its user. */
const CRON_COMMAND =
	/^\s*(?:@\w+|(?:[\d*][\w*/,-]*[ \t]+){2}(?:[\w*/,-]+[ \t]+){2}[\w*/,-]+)[ \t]+(?:[a-z_][\w-]*[ \t]+(?=[/.]|cd\b|(?:bash|sh|python3?)[ \t]))?([^#\s].*)$/;

/** Everything that the tree starts by a path or a module's name, as far as that is written out. */
export const launchesOf = once((tree: Tree): readonly Launch[] =>
	[
		...supervisorFilesOf(tree).flatMap(inSupervisor),
		...unitsOf(tree).flatMap(({ file }) => inUnit(tree, file)),
		...dockerfilesOf(tree).flatMap(inDockerfile),
		...tree.files.flatMap((file) => inFile(tree, file)),
		...podStarts(tree).flatMap(({ words: all, file, line }) =>
			targets(all).map((target): Launch => ({ ...target, file, line, by: "kubernetes" })),
		),
		...remoteStarts(tree).map(({ target, file, line }): Launch => ({ ...target, file, line, by: "remote" })),
	].filter(({ file }) => !isAside(file.path)),
);

const words = (line: string): Target[] => parseShell(line).commands.flatMap(targetsOf);

function inSupervisor(ini: ReturnType<typeof iniOf>): Launch[] {
	return programsOf(ini).flatMap(({ section, command }) => {
		const cwd = valueOf(section, "directory")?.value;
		return command === undefined
			? []
			: words(command.value).map((target): Launch => ({
					...target,
					file: ini.file,
					line: command.line,
					by: "supervisor",
					...(cwd === undefined ? {} : { cwd }),
				}));
	});
}

function inUnit(tree: Tree, file: SourceFile): Launch[] {
	const service = iniOf(file).sections.find(({ name }) => name === "Service");
	if (service === undefined) return [];
	const cwd = valueOf(service, "workingdirectory")?.value;
	return service.options
		.filter(({ name }) => /^exec(?:start|startpre|startpost|reload|stop)$/.test(name))
		.flatMap(({ value, line }) => {
			// A line that goes on is joined with its backslash.
			const command = value.replace(/^[-@+!:|]+/, "").replaceAll(/(?<=\s)\\(?=\s)/g, " ");
			const own = words(command).map((target) => ({ ...target, ...(cwd === undefined ? {} : { cwd }) }));
			const inside = parseShell(command).commands.flatMap((one) => inContainer(tree, one));
			return [...own, ...inside].map((target): Launch => {
				const at = file.lines.findIndex((text, index) => index >= line - 1 && text.includes(target.name));
				return { ...target, file, line: at === -1 ? line : at + 1, by: "systemd" };
			});
		});
}

function inDockerfile(model: DockerModel): Launch[] {
	return model.stages.flatMap((stage) =>
		stage.steps.flatMap((step): Launch[] => {
			if (!/^(?:CMD|ENTRYPOINT|RUN|HEALTHCHECK)$/.test(step.keyword)) return [];
			const of = step.keyword === "HEALTHCHECK" ? { ...step, rest: step.rest.replace(/^CMD\s/i, "    ") } : step;
			const exec = execForm(of);
			const found =
				exec === undefined
					? scriptOf(of).commands.flatMap((command) =>
							targetsOf(command).map((target) => ({ target, at: command.words[0]!.start })),
						)
					: targets(exec).map((target) => ({ target, at: 0 }));
			return found.map(({ target, at }) => ({
				...target,
				file: model.file,
				line: model.file.lineAt(step.restAt + at),
				by: "dockerfile",
				image: { model, stage, step },
			}));
		}),
	);
}

function inFile(tree: Tree, file: SourceFile): Launch[] {
	const { language, path } = file;
	if (language === "shell" && !file.has(/^#!.*\b(?:zsh|fish|ksh|csh)\b/)) return inShell(tree, file);
	if (language === "powershell" || language === "batch")
		return powershellTargets(file).map(({ target, line }) => ({ ...target, file, line, by: "powershell" }));
	if (language === "python")
		return pythonTargets(file).map(({ target, line }) => ({ ...target, file, line, by: "python" }));
	if (path.endsWith(".xml"))
		return taskTargets(file).map(({ target, line }) => ({ ...target, file, line, by: "task" }));
	if (/(?:^|\/)package\.json$/.test(path)) return inPackage(file);
	if (/(?:^|\/)pyproject\.toml$/.test(path)) return inPyproject(file);
	if (/(?:^|\/)Procfile$/.test(path)) return byLine(file, /^[\w-]+:[ \t]*(.+)$/, "procfile");
	if (isCrontab(file)) return byLine(file, CRON_COMMAND, "cron");
	if (/(?:^|\/)Makefile$|\.mk$/.test(path)) return byLine(file, /^\t[@-]*(.+)$/, "make");
	if (language !== "yaml") return [];
	if (path.startsWith(".github/workflows/"))
		return byLine(file, /^\s*(?:-\s+)?(?:run:\s*)?(\.\/[\w./-]+\.(?:sh|py|js))(?:\s[^\n]*)?$/, "workflow");
	if (/(?:^|\/)(?:docker-)?compose[^/]*\.ya?ml$/.test(path))
		return byLine(file, /^\s+(?:command|entrypoint):[ \t]*([^|>&*\s].*)$/, "compose");
	return [];
}

/** The programs that an installation makes: `name = "package.module:function"`. */
function inPyproject(file: SourceFile): Launch[] {
	let inside = false;
	return file.lines.flatMap((text, index): Launch[] => {
		if (text.startsWith("[")) inside = /^\[(?:project|tool\.poetry)\.scripts\]/.test(text);
		const [, name, attribute] = /^[\w."-]+\s*=\s*["']([A-Za-z_][\w.]*):([A-Za-z_]\w*)["']/.exec(text) ?? [];
		return inside && name !== undefined
			? [{ kind: "application", name, attribute: attribute!, file, line: index + 1, by: "pyproject" }]
			: [];
	});
}

function inShell(tree: Tree, file: SourceFile): Launch[] {
	return shellScriptOf(file).commands.flatMap((command) =>
		[...targetsOf(command), ...inContainer(tree, command)].map((target) => ({
			...target,
			file,
			line: file.lineAt(command.words[0]!.start),
			by: "shell" as const,
		})),
	);
}

function byLine(file: SourceFile, pattern: RegExp, by: Launch["by"]): Launch[] {
	return file.lines.flatMap((line, index) => {
		const command = pattern.exec(line)?.[1];
		if (command === undefined || file.lines[index - 1]?.endsWith("\\")) return [];
		const exec = execForm({ rest: command });
		const found = exec === undefined ? words(command.replace(/^(["'])(.*)\1$/, "$2")) : targets(exec);
		return found.map((target) => ({ ...target, file, line: index + 1, by }));
	});
}

function inPackage(file: SourceFile): Launch[] {
	return scriptsOf(file).flatMap(({ text, line }) =>
		words(text).map((target) => ({ ...target, file, line, by: "npm" as const })),
	);
}
