import { itemsOf, composeServices } from "../facts/compose.ts";
import { clusterOf, isComputed } from "../kubernetes/manifests.ts";
import { workloadsOf } from "../kubernetes/workloads.ts";
import { innerWords } from "../shell/inner-commands.ts";
import { parseShell, shellScriptOf, type Command } from "../shell/lexer.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { targets, targetsOf, type Target } from "./words.ts";

interface Started {
	target: Target;
	file: SourceFile;
	/** Counted from 1. */
	line: number;
}

/** `--onstart-cmd '/opt/app/boot.sh'`, `"onstart": "/opt/app/boot.sh"`, `--health-cmd=/opt/app/check.sh`, `--entrypoint /opt/app/x.sh` */
const OPTION =
	/(?:--(?:onstart-cmd|health-cmd|entrypoint)(?:=|["'],?\s+|[ \t]+)|["']?\bon_?start(?:_?cmd)?["']?[ \t]*[:=][ \t]*)["']?(\/[\w./-]+\.(?:sh|bash|py))(?=["'\s;&|,]|$)/gi;

/** What is started by its whole path within a container or on another machine: as an option, a probe, behind ssh, in a text for its shell. */
export const remoteStarts = (tree: Tree): Started[] =>
	[
		...tree.files.flatMap((file) => [...byOption(file), ...(file.language === "shell" ? inShell(file) : [])]),
		...composeServices(tree).flatMap(inProbe),
		...inPods(tree),
	].filter(({ target: { kind, name } }) => kind === "script" && name.startsWith("/"));

function byOption(file: SourceFile): Started[] {
	if (!/^(?:shell|powershell|batch|python|javascript|yaml|json|toml)$/.test(file.language)) return [];
	return !file.has(/onstart|on_start|health-cmd|--entrypoint/i)
		? []
		: file.matches(OPTION).flatMap(({ 0: all, 1: name, index }) => {
				const at = index + all.length - name!.length;
				return isComment(file, at) ? [] : [{ target: direct(name!), file, line: file.lineAt(at) }];
			});
}

const direct = (name: string): Target => ({ kind: "script", name, direct: true });

function inShell(file: SourceFile): Started[] {
	if (!file.has(/\b(?:ssh|docker|podman|kubectl|nerdctl|bash|sh)\b/)) return [];
	return shellScriptOf(file).commands.flatMap((command): Started[] => {
		const inner = innerWords(command);
		const own = inner.length === 0 || inner[0] === command.words[0] ? [] : targetsOf({ words: inner });
		const line = file.lineAt(command.words[0]?.start ?? 0);
		return [...own.map((target) => ({ target, file, line })), ...inText(file, command)];
	});
}

/** `ssh host bash -s <<'EOF'`, `on_instance gpu-1 bash <<'EOF'`, `docker exec -i app sh <<EOF` */
function inText(file: SourceFile, { words, heredoc }: Command): Started[] {
	if (heredoc === undefined) return [];
	const at = words.findLastIndex(({ text }) => /^(?:\/(?:usr\/)?bin\/)?(?:ba|da)?sh$/.test(text));
	const isShell = at > 0 && words.slice(at + 1).every(({ text }) => /^(?:-\w+|--|pipefail|-)$/.test(text));
	const isLogin = words[0]?.text === "ssh" && innerWords({ words }).length === 0;
	if (!isShell && !isLogin) return [];
	return parseShell(heredoc.text).commands.flatMap((command) =>
		targetsOf(command).map((target) => ({
			target,
			file,
			line: file.lineAt(heredoc.start + (command.words[0]?.start ?? 0)),
		})),
	);
}

/** `test: ["CMD", "/opt/app/check.sh"]` */
function inProbe(service: ReturnType<typeof composeServices>[number]): Started[] {
	return itemsOf(service, "healthcheck").flatMap(({ value, line }): Started[] => {
		const [, name] = /["']?CMD(?:-SHELL)?["']?[ \t]*,[ \t]*["']?(\/[\w./-]+)/.exec(value) ?? [];
		return name === undefined ? [] : targets([name]).map((target) => ({ target, file: service.file, line }));
	});
}

/** Probes and hooks of a container of Kubernetes that run a program. */
const inPods = (tree: Tree): Started[] =>
	workloadsOf(clusterOf(tree)).flatMap(({ containers }) =>
		containers.flatMap((one) =>
			[
				["livenessProbe"],
				["readinessProbe"],
				["startupProbe"],
				["lifecycle", "preStop"],
				["lifecycle", "postStart"],
			].flatMap((keys): Started[] => {
				const [first] = one.get(...keys, "exec", "command")?.list ?? [];
				return first?.text === undefined || isComputed(first.text)
					? []
					: targets([first.text]).map((target) => ({ target, file: one.file, line: first.line }));
			}),
		),
	);
