import { iniOf } from "../data/ini.ts";
import { outlineOf } from "./outline.ts";
import { isEnvExample, standingOf } from "./standing.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";

/** How large an upload may be, as a gateway, a program, its settings or a document say. */
export interface Limit {
	bytes: number;
	text: string;
	file: SourceFile;
	line: number;
}

const UNITS: Readonly<Record<string, number>> = { "": 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };
/** Bytes of a unit: `mb`, `K`, empty for bytes; undefined for another word. */
export const UNIT = (text: string): number | undefined => UNITS[text.toLowerCase().replace(/i?b(?:ytes)?$/, "")];

/** Whether what a file says counts in production. */
export const counts = (path: string): boolean => standingOf(path) === "live" && !isAside(path) && !isTest(path);

const NAMED =
	/\b((?:\w+_)?(?:max_?(?:upload|body|file|request|content|payload)(?:_?(?:size|length|limit))?|(?:upload|body|file|payload)_?(?:size_?)?(?:limit|max)(?:_?size)?)(?:_?(mb|mib|bytes|kb|gb))?)\b["']?\s*(?::\s*(?:int|float|z\b[^\n]*?default\()?)?\s*[=:]?\s*(?:int\(|Field\(|Number\()?(?:(?:default\s*=\s*)|[^\n\d"'#;]{0,40}["'][A-Z_]+["'],\s*["']?)?["']?(\d[\d_]*)\s*((?:\s*\*\s*[\d_]+)*(?:\s*\*\*\s*\d+)?)\s*(kb|mb|gb|kib|mib|gib|k|m|g)?\b/gi;
const SAID =
	/\b(?:uploads?|bodies|body|files?|requests?)\b[^.|\n]{0,60}?\b(?:up to|at most|maximum(?: of)?|max\.?|limited to|limit of|not larger than)\s+(\d+)\s*(kb|mb|gb|kib|mib|gib)\b/gi;

/** What a program, its settings or a document allow. */
export function limitsIn(file: SourceFile): Limit[] {
	const { path, text, language } = file;
	if (text.length > 300_000) return [];
	if (language === "markdown")
		return standingOf(path) !== "docs"
			? []
			: file.matches(SAID).flatMap(({ 0: all, 1: size, 2: unit, index }): Limit[] => {
					const line = file.lineAt(index + all.length - 1);
					// What goes to a store by itself does not pass the gateway.
					return /presign|direct|bucket|multipart|chunk|\bS3\b/i.test(file.lines[line - 1]!)
						? []
						: [{ bytes: Number(size) * UNIT(unit!)!, text: all, file, line }];
				});
	const code = /^(?:python|javascript|env|yaml|toml|dockerfile)$/.test(language);
	if (!code || !(counts(path) || isEnvExample(path)) || !file.has(/upload|body|max_?(?:file|request|content)|payload/i))
		return [];
	const matches = file.lines.flatMap((line, at) =>
		line.length < 300 && /\d/.test(line) && /max|limit/i.test(line) && SUBJECT.test(line) && !NOT_UPLOADS.test(line)
			? [...line.matchAll(NAMED)].map((match) => ({ match, line: at + 1, at: file.startOf(at + 1) + match.index }))
			: [],
	);
	const named = matches.flatMap(({ match: [, name, unit, number, times, behind], line, at }): Limit[] => {
		const bytes = bytesOf(number!, times ?? "", behind ?? unit ?? "bytes");
		return isComment(file, at) || bytes === undefined || bytes < LEAST ? [] : [{ bytes, text: name!, file, line }];
	});
	return [...named, ...ofSections(file)];
}

/** What is smaller is no limit of uploads. */
const LEAST = 2 ** 17;
const SHORT = /^(?:max(?:imum)?(?:_?size)?|(?:size_?)?limit)_?(mb|mib|bytes|kb|gb)$/i;

/** `max_mb` below `[uploads]` or `uploads:`. */
function ofSections(file: SourceFile): Limit[] {
	if (!/^(?:yaml|toml)$/.test(file.language) || !file.has(/^\s*\[?\w*uploads?\]?:?\s*(?:#.*)?$/im)) return [];
	const keys =
		file.language === "yaml"
			? outlineOf(file).map(({ path, value, line }) => ({ above: path.at(-2), name: path.at(-1), value, line }))
			: iniOf(file).sections.flatMap(({ name: above, options }) => options.map((one) => ({ above, ...one })));
	return keys.flatMap(({ above = "", name = "", value, line }): Limit[] => {
		const unit = SHORT.exec(name)?.[1];
		const number = /^(\d[\d_]*)\s*(?:#.*)?$/.exec(value)?.[1];
		if (unit === undefined || number === undefined || !/(?:^|[._])uploads?$/i.test(above)) return [];
		const bytes = bytesOf(number, "", unit);
		return bytes === undefined || bytes < LEAST ? [] : [{ bytes, text: `${above}.${name}`, file, line }];
	});
}

const SUBJECT = /upload|body|file|request|content|payload/i;
const NOT_UPLOADS = /client_max_body|multipart_threshold|chunk|part_size|memory/i;

/** `200 * 1024**2`, or a number of a unit. */
function bytesOf(number: string, times: string, unit: string): number | undefined {
	const factors = [...times.matchAll(/\*\*\s*(\d+)|\*\s*([\d_]+)/g)];
	const plain = (text: string): number => Number(text.replaceAll("_", ""));
	const last = lastOf(number, times);
	const product = factors.reduce(
		(bytes, [, power, factor]) =>
			power === undefined ? bytes * plain(factor!) : (bytes / last) * last ** Number(power),
		plain(number),
	);
	const scale = factors.length > 0 ? 1 : UNIT(unit);
	return scale === undefined ? undefined : product * scale;
}

/** What `**` stands behind: the last factor. */
const lastOf = (number: string, times: string): number =>
	Number((/(?:^|\*)\s*([\d_]+)\s*\*\*/.exec(times)?.[1] ?? number).replaceAll("_", ""));

/** `512 MB` */
export const sizeOf = (bytes: number): string =>
	bytes >= 2 ** 20 ? `${Math.round(bytes / 2 ** 20)} MB` : `${Math.round(bytes / 2 ** 10)} KB`;
