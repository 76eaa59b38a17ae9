interface TomlFault {
	message: string;
	/** Counted from 1. */
	line: number;
	/** The line that it disagrees with. */
	other?: number;
}

const KEY = String.raw`(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')`;
const DOTTED = new RegExp(`^\\s*(${KEY}(?:\\s*\\.\\s*${KEY})*)\\s*=\\s*(.*)$`);
const TABLE = new RegExp(`^\\s*\\[\\s*(${KEY}(?:\\s*\\.\\s*${KEY})*)\\s*\\]\\s*(?:#.*)?$`);
const TABLES = new RegExp(`^\\s*\\[\\[\\s*(${KEY}(?:\\s*\\.\\s*${KEY})*)\\s*\\]\\]\\s*(?:#.*)?$`);
const SCALAR =
	/^(?:true|false|[+-]?(?:inf|nan)|[+-]?[\d_]+(?:\.[\d_]+)?(?:[eE][+-]?[\d_]+)?|0x[\da-fA-F_]+|0o[0-7_]+|0b[01_]+|\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)?)?|\d\d:\d\d:\d\d(?:\.\d+)?)$/;

/** What a reader of TOML 1.0 refuses: lines that are nothing, values without end, keys and tables that are there twice. */
export function tomlFaults(lines: readonly string[]): TomlFault[] {
	const faults: TomlFault[] = [];
	const seen = new Map<string, number>();
	let table = "";
	for (let at = 0; at < lines.length; at += 1) {
		const [text, line] = [lines[at]!, at + 1];
		if (/^\s*(?:#|$)/.test(text)) continue;
		const many = TABLES.exec(text)?.[1];
		const one = TABLE.exec(text)?.[1];
		const pair = DOTTED.exec(text);
		if (many !== undefined) table = `${normal(many)}#${line}`;
		else if (one !== undefined) {
			table = normal(one);
			// A table below an array of tables may come again with each of them.
			const path = [...seen.keys()].some((key) => key.startsWith("[[") && table.startsWith(key.slice(2)))
				? `${table}#${line}`
				: table;
			table = path;
			const again = twice(seen, `[${path}`, line, `the table [${one.trim()}] is there twice`);
			faults.push(...again);
			if (again.length > 0) table += `#${line}`;
		} else if (pair === null) {
			faults.push({ message: `\`${text.trim()}\` is neither a table nor \`key = value\``, line });
			return faults;
		} else {
			faults.push(
				...twice(seen, `${table}.${normal(pair[1]!)}`, line, `the key ${pair[1]!} is there twice in one table`),
			);
			const end = valueEnd(pair[2]!, lines, at);
			if (typeof end === "string") return [...faults, { message: end, line }];
			at = end;
		}
		if (many !== undefined) seen.set(`[[${normal(many)}`, line);
	}
	return faults;
}

const normal = (key: string): string => key.replaceAll(/["'\s]/g, "");

function twice(seen: Map<string, number>, key: string, line: number, message: string): TomlFault[] {
	const other = seen.get(key);
	seen.set(key, other ?? line);
	return other === undefined ? [] : [{ message, line, other }];
}

/** The index of the line where a value ends, or what is wrong with it. */
function valueEnd(value: string, lines: readonly string[], at: number): number | string {
	if (/^(?:#|$)/.test(value)) return "a key without a value";
	const fence = /^("""|''')/.exec(value)?.[1];
	if (fence !== undefined) {
		if (value.indexOf(fence, 3) !== -1) return at;
		const end = lines.findIndex((line, index) => index > at && line.includes(fence));
		return end === -1 ? "a text of several lines has no end" : end;
	}
	if (/^["']/.test(value))
		return /^(?:"(?:[^"\\]|\\.)*"|'[^']*')\s*(?:#.*)?$/.test(value)
			? at
			: "a quote is not closed, or something follows it";
	if (/^[[{]/.test(value)) return bracketEnd(value, lines, at);
	const bare = value.replace(/\s*#.*$/, "").trim();
	return SCALAR.test(bare) ? at : `\`${bare}\` is no value: text stands in quotes`;
}

function bracketEnd(value: string, lines: readonly string[], at: number): number | string {
	let depth = 0;
	for (let index = at; index < lines.length; index += 1) {
		const text = (index === at ? value : lines[index]!)
			.replaceAll(/"""[^]*?"""|'''[^]*?'''|"(?:[^"\\]|\\.)*"|'[^']*'/g, "")
			.replace(/#.*$/, "");
		for (const char of text) depth += "[{".includes(char) ? 1 : "]}".includes(char) ? -1 : 0;
		if (depth <= 0) return depth === 0 ? index : "a bracket closes nothing";
	}
	return "a bracket is not closed";
}
