import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";

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
