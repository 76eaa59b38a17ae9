import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

export interface Option {
	name: string;
	value: string;
	line: number;
}

export interface Section {
	/** What stands between the brackets. */
	name: string;
	line: number;
	options: readonly Option[];
}

interface IniFault {
	message: string;
	line: number;
}

export interface Ini {
	file: SourceFile;
	sections: readonly Section[];
	/** Lines that Python's ConfigParser refuses. */
	faults: readonly IniFault[];
}

const OF_SUPERVISOR = /^\[(?:program:|supervisord\]|eventlistener:|fcgi-program:|unix_http_server\])/m;

/** Files of supervisor: whatever has one of its sections, and its name or folder is no other program's. */
export const supervisorFilesOf = (tree: Tree): Ini[] =>
	tree.files
		.filter(
			({ language, path, text }) => (language === "ini" || /\.(?:conf|ini)$/.test(path)) && OF_SUPERVISOR.test(text),
		)
		.map(iniOf);

/** Units of systemd. */
export const unitsOf = (tree: Tree): Ini[] =>
	tree.files.filter(({ path, text }) => path.endsWith(".service") && /^\[Service\]/m.test(text)).map(iniOf);

/** The sections of a file as Python's RawConfigParser reads them (inline comments after ` ;`). */
export const iniOf = once((file: SourceFile): Ini => {
	const sections: { name: string; line: number; options: Option[] }[] = [];
	const faults: IniFault[] = [];
	for (const [index, raw] of file.lines.entries()) {
		const text = raw.replace(/\s;.*$/, "").trimEnd();
		const options = sections.at(-1)?.options;
		if (/^\s*(?:[#;]|$)/.test(raw)) continue;
		const head = /^\[([^\]]+)\]$/.exec(text)?.[1];
		const option = /^([^\s=:[][^=:]*?)\s*[=:]\s*(.*)$/.exec(text);
		if (head !== undefined) sections.push({ name: head, line: index + 1, options: [] });
		else if (/^\s/.test(raw) && options?.length) options.push(continued(options.pop()!, text));
		else if (option !== null && options !== undefined)
			options.push({ name: option[1]!.toLowerCase(), value: option[2]!, line: index + 1 });
		else faults.push({ message: fault(text, options !== undefined), line: index + 1 });
	}
	return { file, sections, faults };
});

const continued = (option: Option, text: string): Option => ({ ...option, value: `${option.value} ${text.trim()}` });

const fault = (text: string, inSection: boolean): string =>
	text.startsWith("[")
		? `\`${text}\` is no section: the bracket is not closed`
		: inSection
			? `\`${text}\` is neither a section nor \`name=value\``
			: `\`${text}\` stands before any section`;

export const valueOf = ({ options }: Section, name: string): Option | undefined =>
	options.findLast((option) => option.name === name);

/** The programs of a file, with their command; `%(…)s` stays as it is. */
export const programsOf = ({ sections }: Ini): { name: string; section: Section; command: Option | undefined }[] =>
	sections
		.filter(({ name }) => /^(?:program|eventlistener|fcgi-program):/.test(name))
		.map((section) => ({
			name: section.name.replace(/^[\w-]+:/, "").trim(),
			section,
			command: valueOf(section, "command"),
		}));
