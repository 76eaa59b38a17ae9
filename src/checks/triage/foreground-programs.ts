import { programsOf, supervisorFilesOf } from "../supervisor/programs.ts";
import { parseShell } from "../shell/lexer.ts";
import { isAside } from "../tree/aside.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** Programs that go into the background by themselves, and what keeps them. */
const DAEMONS: Readonly<Record<string, { kept: RegExp; say: string; file?: RegExp }>> = {
	nginx: { kept: /daemon\s+off|-[tTvV]\b|-s\b/, say: 'nginx -g "daemon off;"', file: /^[ \t]*daemon\s+off\s*;/m },
	sshd: { kept: /-\w*[DdtT]/, say: "sshd -D" },
	cron: { kept: /-\w*f/, say: "cron -f" },
	crond: { kept: /-\w*[fn]/, say: "crond -n (-f of busybox)" },
	apache2ctl: { kept: /FOREGROUND/, say: "apache2ctl -D FOREGROUND" },
	apachectl: { kept: /FOREGROUND/, say: "apachectl -D FOREGROUND" },
	httpd: { kept: /FOREGROUND|-X\b/, say: "httpd -D FOREGROUND" },
	dockerd: { kept: /(?:)/, say: "" },
};
const DETACHES = /(?:^|\s)(?:--daemon(?:ize)?(?:=?\s*(?:yes|true))?|--detach|--fork)(?=\s|$)/;

export default {
	code: "TS325",
	scope: "static",
	severity: "error",
	question: "Does every supervised program stay in the foreground?",
	why: "A program that goes into the background looks dead to supervisor: it is started again and again beside the one that runs, until the port is taken or supervisor gives up.",
	example: '`command=/usr/sbin/nginx` → `command=/usr/sbin/nginx -g "daemon off;"`.',
	run(tree) {
		const files = supervisorFilesOf(tree).filter(({ file }) => !isAside(file.path));
		const findings = files.flatMap((ini) =>
			programsOf(ini).flatMap(({ name, command }): Found[] => {
				const how = command === undefined ? undefined : detaches(tree, command.value);
				return how === undefined
					? []
					: [
							{
								message: `${ini.file.path}: the program ${name} goes into the background`,
								evidence: [ini.file.place(command!.line)],
								fix: { say: `keep it in the foreground: ${how}` },
							},
						];
			}),
		);
		return { looked: `${files.flatMap(programsOf).length} programs of supervisor`, findings };
	},
} satisfies StaticCheck;

function detaches(tree: Tree, command: string): string | undefined {
	// %(…)s and quotes within are of no matter here.
	if (/(?:^|[^&\\])&\s*["']?\s*$/.test(command)) return "take the & away";
	const { commands } = parseShell(command);
	const words = commands.at(-1)?.words.map(({ text }) => text) ?? [];
	const inner = words.findIndex((word) => /^-[a-z]*c$/.test(word));
	if (inner !== -1 && /(?:^|\/)(?:ba|da)?sh$/.test(words[0] ?? "")) return detaches(tree, words[inner + 1] ?? "");
	const program = words
		.find((word) => !/^(?:exec|env|sudo|\w+=.*)$/.test(word))
		?.split("/")
		.at(-1);
	if (program === "service" && words.at(-1) === "start") return "start the program itself, not `service … start`";
	if (program === "supervisorctl" || program === undefined) return undefined;
	const daemon = Object.hasOwn(DAEMONS, program) ? DAEMONS[program] : undefined;
	const told =
		daemon?.file !== undefined &&
		tree.files.some(
			({ text, language }) =>
				(language === "nginx" || language === "dockerfile" || language === "shell") &&
				daemon.file!.test(text.replaceAll(/["']/g, "\n")),
		);
	if (daemon !== undefined && !daemon.kept.test(command) && !told) return daemon.say;
	return DETACHES.test(command) && !/--daemon(?:ize)?[= ]+(?:no|false)/.test(command)
		? "take the option away that detaches it"
		: undefined;
}
