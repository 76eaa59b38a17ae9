import type { SourceFile } from "../tree/source-file.ts";
import { iniOf } from "./ini.ts";
import type { TakenSign } from "./make-signs.ts";

/** Letters of date's format that are specifiers of systemd, too (systemd.unit(5)): host, machine, folders of state, shell. */
const SPECIFIER = /(?<!%)(?:%%)*(%[HmSsjpuTVhIi])/;
const DATE = /\bdate\b(?:[ \t]+-[\w-]+)*[ \t]+\+(?:"[^"]*"|'[^']*'|[^\s;|&)'"]*)/;

/** A format of date in a command of a unit of systemd. */
export const unitSigns = (file: SourceFile): TakenSign[] =>
	iniOf(file)
		.sections.filter(({ name }) => name === "Service")
		.flatMap(({ options }) => options)
		.flatMap(({ name, value, line }): TakenSign[] => {
			const sign = name.startsWith("exec") ? SPECIFIER.exec(DATE.exec(value)?.[0] ?? "")?.[1] : undefined;
			return sign === undefined
				? []
				: [{ file, line, sign, what: "systemd fills in its specifier of that letter", meant: `%${sign}` }];
		});

/** A value of alembic.ini, which Python's ConfigParser reads with its interpolation. */
export function alembicSigns(file: SourceFile): TakenSign[] {
	const section = iniOf(file).sections.find(({ name }) => name === "alembic");
	const known = new Set(["here", ...(section?.options ?? []).map(({ name }) => name)]);
	return (section?.options ?? []).flatMap(({ value, line }): TakenSign[] => {
		const bare = value.replaceAll("%%", "");
		const [sign, name] = /%(?:\((\w+)\)[a-z]|(?!\())/.exec(bare) ?? [];
		if (sign === undefined || (name !== undefined && known.has(name.toLowerCase()))) return [];
		const written = name === undefined ? "%" : sign;
		return [{ file, line, sign: written, what: "ConfigParser refuses the value", meant: `%${written}` }];
	});
}

/** The variable of a loop in a batch file, where only a prompt takes a single sign. */
export const batchSigns = (file: SourceFile): TakenSign[] =>
	file
		.matches(/^[ \t]*@?for[ \t]+(?:\/[dlrf](?:[ \t]+(?:"[^"\n]*"|[^\s%"]+))?[ \t]+)?(%[a-z])[ \t]+in\b/gim)
		.map(({ 0: all, 1: sign, index }) => ({
			...{ file, line: file.lineAt(index + all.length), sign: sign! },
			what: "cmd ends the script with an error",
			meant: `%${sign!}`,
		}));
