import type { SourceFile } from "../tree/source-file.ts";
import { mayNameUnit, SIGNS, unitOf } from "./size-units.ts";

/** One side of a comparison, with what it counts in as a power of a thousand. */
interface Side {
	text: string;
	unit: number;
}

/** Two sizes in different units that a program compares. */
export interface Compared {
	one: Side;
	other: Side;
	at: number;
}

const NAMES = String.raw`[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*`;
const SIDE = String.raw`(?:${NAMES}\([^()\n]{0,120}\)(?:\.[A-Za-z_]\w*(?:\(\))?)*|${NAMES})`;
const POWER = String.raw`(?:1024(?:[ \t]*\*\*[ \t]*[1-4])?|10[ \t]*\*\*[ \t]*(?:12|[369])|1e(?:12|[369])|1_?000(?:_?000){0,3}|[KMGT]I?B)\b`;
/** `free / 1024**3`, `max_mb * 1024 * 1024` */
const TURNED = String.raw`${SIDE}(?:[ \t]*(?:\*|\/\/?)[ \t]*\(?${POWER}\)?){0,4}`;
const IN_CODE = new RegExp(
	String.raw`(?<![\w$.)\]]|[*/%+-][ \t]*)(${TURNED})[ \t]*[<>]=?[ \t]*(${TURNED})(?![\w$.([]|[ \t]*(?:[*/%+-]|<<|>>))`,
	"g",
);
const SHELL_NAME = String.raw`["']?\$\{?(\w+)(?::[-?=][^}\n"']{0,80})?\}?["']?`;
const IN_SHELL = new RegExp(
	String.raw`\[[ \t]+${SHELL_NAME}[ \t]+-(?:lt|le|gt|ge)[ \t]+${SHELL_NAME}[ \t]+\]|\(\([ \t]*\$?\{?(\w+)\}?[ \t]*[<>]=?[ \t]*\$?\{?(\w+)\}?[ \t]*\)\)`,
	"g",
);
const IN_POWERSHELL =
	/(\$\w+|\([^()\n]{1,120}\)\.\w+)[ \t]+-(?:lt|le|gt|ge)[ \t]+(\$\w+|\([^()\n]{1,120}\)\.\w+)(?![\w.]|[ \t]*[*/+-])/gi;

/** Comparisons of two sizes of which one counts in another unit than the other. */
export function comparedSizes(file: SourceFile): Compared[] {
	const pattern = file.language === "shell" ? IN_SHELL : file.language === "powershell" ? IN_POWERSHELL : IN_CODE;
	const unit = file.language === "shell" ? inShell : file.language === "powershell" ? inPowershell : inCode;
	return file.lines.flatMap((line, row): Compared[] => {
		if (!SIGN.test(line) || !mayNameUnit(line)) return [];
		return [...line.matchAll(pattern)].flatMap(({ 1: a, 2: b, 3: c, 4: d, index }): Compared[] => {
			const [one, other] = [(a ?? c)!, (b ?? d)!];
			if (namedUnit(one) === undefined && namedUnit(other) === undefined) return [];
			const [left, right] = [unit(file, one), unit(file, other)];
			return left === undefined || right === undefined || left === right
				? []
				: [{ one: { text: one, unit: left }, other: { text: other, unit: right }, at: file.startOf(row + 1) + index }];
		});
	});
}

const SIGN = /[<>]|-[lg][te]\b/i;
/** The unit that the last name says, without the brackets of a call. */
const namedUnit = (text: string): number | undefined =>
	unitOf(
		text
			.split(FACTORS, 1)[0]!
			.replace(/\([^()]*\)$/, "")
			.split(/[.$]/)
			.at(-1)!,
	);

const FACTORS = new RegExp(String.raw`[ \t]*(?:\*|\/\/?)[ \t]*\(?${POWER}`);

/** How many powers of a thousand a factor is: 3 of `1024**3`, `1e9` and `GIB`. */
function powerOf(factor: string): number {
	const named = "KMGT".indexOf(factor[0]!) + 1;
	const [, base, raised] = /^(1024|10|1e)[ \t]*(?:\*\*[ \t]*)?(\d+)?$/.exec(factor) ?? [];
	if (named > 0) return named;
	if (base === undefined) return (factor.replaceAll("_", "").length - 1) / 3;
	return base === "1024" ? Number(raised ?? 1) : Number(raised) / 3;
}

/** What Python and Node count in bytes. */
const BYTES =
	/(?:^|\.)(?:disk_usage|virtual_memory|swap_memory)\([^()]*\)\.(?:free|used|total|available)$|(?:^|\.)getsize\([^()]*\)$|\.st_size$|(?:^|\.)(?:freemem|totalmem)\(\)$|(?:^|\.)(?:l?statSync|fstatSync)\([^()]*\)\.size$|\.(?:memory_allocated|memory_reserved|max_memory_allocated)\([^()]*\)$/;

const EACH_FACTOR = new RegExp(String.raw`[ \t]*(\*(?!\*)|\/\/?)[ \t]*\(?(${POWER})\)?`, "g");

function inCode(file: SourceFile, text: string, depth = 0): number | undefined {
	const factors = [...text.matchAll(EACH_FACTOR)];
	if (factors.length > 0) {
		const inner = inCode(file, text.slice(0, factors[0]!.index), depth + 1);
		const unit = factors.reduce((sum, [, sign, one]) => sum + (sign === "*" ? -1 : 1) * powerOf(one!), inner ?? -99);
		return SIGNS[unit] === undefined ? undefined : unit;
	}
	const said = namedUnit(text);
	if (said !== undefined) return said;
	if (BYTES.test(text)) return 0;
	const [, called] = /^([A-Za-z_]\w*)\([^()]*\)$/.exec(text) ?? [];
	const [, owner, field = ""] = /^([A-Za-z_]\w*)(\.\w+)?$/.exec(text) ?? [];
	const next = called === undefined ? owner && assigned(file, owner) : returned(file, called);
	return next === undefined || depth > 3 ? undefined : inCode(file, next + field, depth + 1);
}

const WHOLE = new RegExp(`^(?:await )?${TURNED}$`);

/** The expression that a name is given, where that is one alone. */
function assigned(file: SourceFile, name: string): string | undefined {
	const all = file.matches(
		new RegExp(
			`(?<![\\w.$])${name}(?:[ \\t]*:[ \\t]*[\\w.]+)?[ \\t]*(?:[-+*/]|//)?=(?![=>])[ \\t]*([^\\n]*?);?[ \\t]*$`,
			"gm",
		),
	);
	return all.length === 1 && WHOLE.test(all[0]![1]!) ? all[0]![1]!.replace(/^await /, "") : undefined;
}

/** The expression that a function of the file returns, where that is one alone. */
function returned(file: SourceFile, name: string): string | undefined {
	const head = file.matches(new RegExp(`^(?:export )?(?:async )?(?:def|function) ${name}\\(`, "gm"));
	if (head.length !== 1) return undefined;
	const rest = file.text.slice(head[0]!.index + head[0]![0].length);
	const body = rest.slice(0, /\n(?=[^\s)}#])/.exec(rest)?.index);
	const all = [...body.matchAll(/\breturn\b[ \t]*([^\n]*?);?[ \t]*$/gm)];
	return all.length === 1 && WHOLE.test(all[0]![1]!) ? all[0]![1]! : undefined;
}

function inShell(file: SourceFile, name: string): number | undefined {
	const said = unitOf(name);
	if (said !== undefined) return said;
	const all = file.matches(new RegExp(`(?<![\\w$])${name}=["']?([^\\n]*)`, "g"));
	const command = all.length === 1 ? /^\$\(([^\n]*)\)["']?[ \t]*$/.exec(all[0]![1]!)?.[1] : undefined;
	if (command === undefined || /\bawk\b[^\n]*[*/]|numfmt|\bbc\b|\bexpr\b|\$\(\(|--human|[ \t]-\w*h\b/.test(command))
		return undefined;
	return COMMANDS.find(({ of }) => of.test(command))?.unit;
}

/** What commands print sizes in: df and du of coreutils, stat, wc, free, nvidia-smi. */
const COMMANDS: readonly { of: RegExp; unit: number }[] = [
	{ of: /\bdf\b[^|]*(?:-B[ \t]?1\b|--block-size=1\b)/, unit: 0 },
	{ of: /\bdf\b[^|]*(?:-\w*m\b|-B[ \t]?M|--block-size=M)/, unit: 2 },
	{ of: /\bdf\b[^|]*(?:-B[ \t]?G|--block-size=G)/, unit: 3 },
	{ of: /\bdf\b(?![^|]*(?:-B|--block-size))[^|]*(?:-\w*k\w*\b|--output=(?:avail|size|used)|-P\b)/, unit: 1 },
	{
		of: /\bstat\b[^|]*(?:-c[ \t]*["']?%s|-f[ \t]*["']?%z|--format=["']?%s)|\bwc[ \t]+-c\b|\bdu\b[^|]*(?:-\w*b\w*\b|--bytes)/,
		unit: 0,
	},
	{ of: /\bdu\b[^|]*-\w*m\w*\b/, unit: 2 },
	{ of: /\bdu\b[^|]*-\w*k\w*\b/, unit: 1 },
	{ of: /\bnvidia-smi\b[^|]*--query-gpu=memory\.\w+[^|]*nounits/, unit: 2 },
];

function inPowershell(file: SourceFile, text: string): number | undefined {
	const said = namedUnit(text);
	if (said !== undefined) return said;
	const name = /^\$(\w+)$/.exec(text)?.[1];
	const all =
		name === undefined
			? []
			: file.matches(new RegExp(`\\$${name}[ \\t]*[-+*/]?=(?!=)[ \\t]*([^\\n]*?)[ \\t]*\\r?$`, "gim"));
	const value = name === undefined ? text : all.length === 1 ? all[0]![1]! : "";
	return /^\(Get-(?:PSDrive|Volume|Item|CimInstance|WmiObject|PSDrive)\b[^()\n]*\)\.(?:Free|Used|Length|FreeSpace|SizeRemaining|TotalPhysicalMemory)$/i.test(
		value,
	)
		? 0
		: undefined;
}
