import { posix } from "node:path";
import { valueOf, type Ini } from "../data/ini.ts";
import { unitsOf } from "../data/systemd.ts";
import { placeIn } from "../facts/found.ts";
import { podStarts } from "../kubernetes/workloads.ts";
import { mainPrograms } from "../launch/main-programs.ts";
import { programsOf, supervisorFilesOf } from "../supervisor/programs.ts";
import { parseShell } from "../shell/lexer.ts";
import { isAside } from "../tree/aside.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

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
	question: "Does every program that a supervisor, a container or systemd watches stay in the foreground?",
	why: "A program that goes into the background looks dead: supervisor starts it again and again beside the one that runs, a container ends at once, systemd ends what it left behind.",
	example: '`command=/usr/sbin/nginx` → `command=/usr/sbin/nginx -g "daemon off;"`.',
	run(tree) {
		const files = supervisorFilesOf(tree).filter(({ file }) => !isAside(file.path));
		const all = [...files.flatMap(supervised), ...contained(tree), ...unitsOf(tree).flatMap(inUnit)];
		const findings = all.flatMap(({ what, command, evidence, how }): Found[] => {
			const say = how ?? detaches(tree, command);
			return say === undefined
				? []
				: [
						{
							message: `${evidence[0].path}: ${what} goes into the background`,
							evidence,
							fix: { say: `keep it in the foreground: ${say}` },
						},
					];
		});
		return { looked: `${all.length} programs that are watched`, findings };
	},
} satisfies StaticCheck;

interface Watched {
	what: string;
	command: string;
	evidence: [FilePlace, ...FilePlace[]];
	/** It is known to end, and this keeps it. */
	how?: string;
}

const supervised = (ini: Ini): Watched[] =>
	programsOf(ini).flatMap(({ name, command }) =>
		command === undefined
			? []
			: [{ what: `the program ${name}`, command: command.value, evidence: [ini.file.place(command.line)] }],
	);

/** The main programs of images and pods. */
const contained = (tree: Tree): Watched[] => [
	...mainPrograms(tree)
		.filter(({ words }) => !/(?:^|\/)supervisord$/.test(words[0] ?? ""))
		.map(({ words, place, by }): Watched => ({
			what: `the container's ${posix.basename(words[0] ?? "")}`,
			command: words.map(quoted).join(" "),
			evidence: by === undefined ? [place] : [place, by],
		})),
	...podStarts(tree).map(({ words, file, line }): Watched => ({
		what: `the container's ${posix.basename(words[0] ?? "")}`,
		command: words.map(quoted).join(" "),
		evidence: [placeIn(file, line)],
	})),
];

const quoted = (word: string): string => (/[\s;'&|()<>]/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : word);

/** What systemd takes for the service itself: not for `forking`, not where it remains after its end. */
function inUnit({ file, sections }: Ini): Watched[] {
	const service = sections.find(({ name }) => name === "Service");
	const type = service && (valueOf(service, "type")?.value.trim() ?? "simple");
	if (service === undefined || !/^(?:simple|exec|notify|idle|oneshot)$/.test(type!)) return [];
	if (/^(?:yes|true|on|1)$/i.test(valueOf(service, "remainafterexit")?.value.trim() ?? "")) return [];
	const stop = valueOf(service, "execstop");
	return service.options
		.filter(({ name, value }) => name === "execstart" && value !== "")
		.flatMap(({ value, line }): Watched[] => {
			const command = value.replace(/^[-@+!:|]+/, "");
			const evidence: Watched["evidence"] = [file.place(line), ...(stop === undefined ? [] : [file.place(stop.line)])];
			const what = `${posix.basename(file.path)}: what it starts`;
			if (COMPOSED.test(command))
				return stop === undefined && type === "oneshot"
					? []
					: [
							{
								what,
								command,
								evidence,
								how: `take -d away, or write Type=oneshot and RemainAfterExit=yes${stop === undefined ? "" : "; ExecStop= runs as soon as it has started"}`,
							},
						];
			return type === "oneshot" ? [] : [{ what, command, evidence }];
		});
}

/** Containers that go on without the program that started them. */
const COMPOSED =
	/(?:^|\/)(?:docker(?:-compose)?|podman(?:-compose)?)\s(?:[^\n]*\s)?up(?=\s)[^\n]*\s(?:-d|--detach)(?=\s|$)/;

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
