import { parseShell } from "../shell/lexer.ts";
import { valueOf, type Option, type Section } from "../data/ini.ts";
import { detached } from "../supervisor/detached.ts";
import { programsOf, supervisorFilesOf } from "../supervisor/programs.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

type Ini = ReturnType<typeof supervisorFilesOf>[number];

const SECTION =
	/^(?:supervisord|supervisorctl|unix_http_server|inet_http_server|include|ctlplugin:.+|rpcinterface:.+|program:.+|group:.+|eventlistener:.+|fcgi-program:.+)$/;
/** Of every process, whoever starts it. */
const ALWAYS = /^(?:PATH|HOME|USER|LOGNAME|HOSTNAME|PWD|LANG|LC_\w+|SHELL|TERM|TZ|TMPDIR)$/;
/** What supervisor 4 fills in besides the environment (`_processes_from_section` of its options.py). */
const NAMES = /^(?:here|program_name|process_num|numprocs|group_name|host_node_name|ENV_\w+)$/;
const EXPANDED = /^(?:command|environment|directory|stdout_logfile|stderr_logfile|process_name)$/;

export default {
	code: "TS321",
	scope: "static",
	severity: "error",
	question: "Does supervisor accept its settings, with each program once?",
	why: "A quote, a percent sign or a variable that it cannot read keeps supervisor from starting, and with it every program.",
	example: '`command=bash -c "run %(ENV_QUEUE)s` has an open quote; and QUEUE must be set where supervisor starts.',
	run(tree) {
		const files = supervisorFilesOf(tree).filter(({ file }) => !isAside(file.path) && !file.has(/\{\{|\{%/));
		const findings = files.flatMap((ini) => [
			...refused(ini),
			...twice(ini),
			...ini.sections.flatMap((section) => inSection(tree, ini, section)),
			...groups(ini, files),
			...detached(tree, ini),
		]);
		return { looked: `${files.length} files of supervisor`, findings };
	},
} satisfies StaticCheck;

const found = (file: SourceFile, message: string, say: string, ...lines: [number, ...number[]]): Found => ({
	message: `${file.path}: ${message}`,
	evidence: lines.map((line) => file.place(line)) as unknown as Found["evidence"],
	fix: { say },
});

const refused = ({ file, faults }: Ini): Found[] =>
	faults.map(({ message, line }) =>
		found(file, message, "write it as name=value, or continue the line before with a blank in front", line),
	);

function twice({ file, sections }: Ini): Found[] {
	const names = Map.groupBy(sections, ({ name }) => name);
	const same = [...names.values()].flatMap(([first, second]) =>
		second === undefined
			? []
			: [
					found(
						file,
						`[${second.name}] is there twice: supervisor mixes the two`,
						"join them, or give one another name",
						second.line,
						first!.line,
					),
				],
	);
	const options = sections.flatMap((section) =>
		[...Map.groupBy(section.options, ({ name }) => name).values()].flatMap(([first, second]) =>
			second === undefined
				? []
				: [
						found(
							file,
							`${second.name} is there twice in [${section.name}]: the second one counts`,
							"keep one of them",
							second.line,
							first!.line,
						),
					],
		),
	);
	return [...same, ...options];
}

function inSection(tree: Tree, { file }: Ini, section: Section): Found[] {
	const { name, line, options } = section;
	if (!SECTION.test(name)) {
		const meant = /^prog\w*\s*:|^pogram|^program\s/i.test(name) ? "program" : undefined;
		return meant === undefined
			? []
			: [found(file, `supervisor knows no section [${name}]`, "write [program:NAME]", line)];
	}
	const isProgram = /^(?:program|eventlistener|fcgi-program):/.test(name);
	const missing =
		isProgram && valueOf(section, "command") === undefined
			? [found(file, `[${name}] has no command`, "add command=…, or delete the section", line)]
			: [];
	const values = isProgram || name === "supervisord" ? options.filter((option) => EXPANDED.test(option.name)) : [];
	return [...missing, ...values.flatMap((option) => inValue(tree, file, option))];
}

function inValue(tree: Tree, file: SourceFile, { name, value, line }: Option): Found[] {
	const quotes =
		name === "environment"
			? oddQuotes(value)
			: name === "command"
				? parseShell(value).faults.find(({ message }) => /quote/.test(message))?.message
				: undefined;
	if (quotes !== undefined) return [found(file, `${name} cannot be read: ${quotes}`, "close the quote", line)];
	const single = value.replaceAll("%%", "");
	if (/%(?!\(\w+\)[-0-9.]*[sdif])/.test(single))
		return [found(file, `${name} has a % that supervisor takes for a variable`, "write %% for a percent sign", line)];
	const other = [...single.matchAll(/%\((\w+)\)/g)].find(([, one]) => !NAMES.test(one!))?.[1];
	if (other !== undefined) return [unexpanded(file, { name, line }, other)];
	const unset = [...value.matchAll(/%\(ENV_(\w+)\)s/g)]
		.map(([, one]) => one!)
		.find((one) => !ALWAYS.test(one) && !isNamedElsewhere(tree, file, one));
	if (unset === undefined) return [];
	return [
		found(
			file,
			`${name} needs the variable ${unset}, which nothing in the tree sets: supervisor does not start without it`,
			`set ${unset} where supervisor is started: ENV ${unset}=… in the Dockerfile, or the instance's environment`,
			line,
		),
	];
}

function unexpanded(file: SourceFile, { name, line }: Pick<Option, "line" | "name">, other: string): Found {
	return found(
		file,
		`${name} has %(${other})s, which supervisor has no value for: it refuses the file, and starts nothing`,
		`write %%(${other})s where the program shall see %(${other})s; supervisor fills in here, program_name, process_num, numprocs, group_name, host_node_name and ENV_…`,
		line,
	);
}

const oddQuotes = (value: string): string | undefined => {
	const bare = value.replaceAll(/\\./g, "").replaceAll(/'[^'"]*'/g, "");
	return (bare.match(/"/g)?.length ?? 0) % 2 === 1 ? "a double quote is not closed" : undefined;
};

/** Outside comments and other uses in a file of supervisor. */
const isNamedElsewhere = (tree: Tree, own: SourceFile, name: string): boolean => {
	const whole = new RegExp(`(?<![\\w])(?!ENV_)${RegExp.escape(name)}(?!\\w)`);
	return tree.files.some((file) =>
		whole.test(file === own ? file.text.replaceAll(/%\(ENV_\w+\)s|^[ \t]*[;#].*$/gm, "") : file.text),
	);
};

function groups({ file, sections }: Ini, all: readonly Ini[]): Found[] {
	const known = new Set(all.flatMap((ini) => programsOf(ini).map(({ name }) => name)));
	const open = sections.some(({ name }) => name === "include");
	return sections
		.filter(({ name }) => name.startsWith("group:"))
		.flatMap((section) => {
			const programs = valueOf(section, "programs");
			const gone = programs?.value
				.split(",")
				.map((one) => one.trim())
				.find((one) => one !== "" && !known.has(one));
			return gone === undefined || open
				? []
				: [
						found(
							file,
							`[${section.name}] names the program ${gone}, which no file defines`,
							`define [program:${gone}], or take it out of the group`,
							programs!.line,
						),
					];
		});
}
