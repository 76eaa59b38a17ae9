import { directivesIn } from "../data/nginx-directives.ts";
import { mappingsOf } from "../facts/config-files.ts";
import { placeIn, unique } from "../facts/found.ts";
import { isEnvExample, standingOf } from "../facts/standing.ts";
import { isAside, isTest } from "../tree/aside.ts";
import { passesTo } from "../facts/gateway-chains.ts";
import { isBehindNginx } from "../facts/units.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS450",
	scope: "static",
	severity: "error",
	question: "Does the gateway let through the largest upload that the program and the documents allow?",
	why: "nginx ends a larger request with 413 before the program sees it; without a word about it the limit is 1 MB.",
	example: "`client_max_body_size 25m`, and `max_upload_mb = 200` in the program: write 200m or more.",
	run(tree) {
		const gateways = gatewaysOf(tree);
		const wanted =
			gateways.length === 0
				? []
				: tree.files
						.flatMap(limitsIn)
						.filter(({ file: { path, language } }) => language === "markdown" || isBehindNginx(tree, path));
		return {
			looked: `${gateways.length} limits of gateways`,
			findings: [...tooSmall(tree, gateways, wanted), ...narrower(tree, gateways, wanted)],
		};
	},
} satisfies StaticCheck;

interface Limit {
	bytes: number;
	text: string;
	file: SourceFile;
	line: number;
}

const UNITS: Readonly<Record<string, number>> = { "": 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };
const UNIT = (text: string): number | undefined => UNITS[text.toLowerCase().replace(/i?b(?:ytes)?$/, "")];

/** Of nginx, of text that makes nginx's files, of the settings that such text takes. */
function gatewaysOf(tree: Tree): Limit[] {
	const written = tree.files.flatMap((file): Limit[] => {
		const { path, text, language } = file;
		if (!file.includes("client_max_body_size") || !counts(path) || language === "markdown") return [];
		return [
			...text.matchAll(/client_max_body_size\b(?:\s*[:=]\s*(?:str\s*=\s*)?|\s+)["']?(\d+)([kKmMgG]?)["']?\s*[;,\n\r]/g),
		].flatMap(({ 0: all, 1: size, 2: unit, index }) =>
			isComment(file, index)
				? []
				: [
						{
							bytes: Number(size) * UNIT(unit!)!,
							text: all.trim().replace(/[;,]$/, ""),
							file,
							line: file.lineAt(index),
						},
					],
		);
	});
	const said = mappingsOf(tree).flatMap(({ file, texts, keys }): Limit[] => {
		const [, size, unit] = /^(\d+)([kmg]?)$/i.exec(texts.get("client_max_body_size") ?? "") ?? [];
		return size === undefined
			? []
			: [
					{
						bytes: Number(size) * UNIT(unit!)!,
						text: `client_max_body_size ${size}${unit!}`,
						file,
						line: keys.get("client_max_body_size")!,
					},
				];
	});
	const all = unique([...written, ...said]);
	return all.length > 0 ? all : silent(tree);
}

/** A whole configuration that passes requests on and does not speak of it: 1 MB. */
const silent = (tree: Tree): Limit[] => {
	const any = tree.files.some((file) => file.language !== "markdown" && file.includes("client_max_body_size"));
	return any
		? []
		: tree.in("nginx").flatMap((file): Limit[] => {
				const all = directivesIn(file);
				const pass = all.find(({ name }) => name === "proxy_pass");
				const open = all.some(({ name, args }) => name === "include" && !/mime\.types|_params$/.test(args[0] ?? ""));
				const whole = all.some(({ name }) => name === "http");
				return pass && whole && !open && counts(file.path)
					? [{ bytes: 2 ** 20, text: "no client_max_body_size: 1m", file, line: file.lineAt(pass.at) }]
					: [];
			});
};

const counts = (path: string): boolean => standingOf(path) === "live" && !isAside(path) && !isTest(path);

const NAMED =
	/\b((?:\w+_)?(?:max_?(?:upload|body|file|request|content|payload)(?:_?(?:size|length|limit))?|(?:upload|body|file|payload)_?(?:size_?)?(?:limit|max)(?:_?size)?)(?:_?(mb|mib|bytes|kb|gb))?)\b["']?\s*(?::\s*(?:int|float|z\b[^\n]*?default\()?)?\s*[=:]?\s*(?:int\(|Field\(|Number\()?(?:(?:default\s*=\s*)|[^\n\d"'#;]{0,40}["'][A-Z_]+["'],\s*["']?)?["']?(\d[\d_]*)\s*((?:\s*\*\s*[\d_]+)*(?:\s*\*\*\s*\d+)?)\s*(kb|mb|gb|kib|mib|gib|k|m|g)?\b/gi;
const SAID =
	/\b(?:uploads?|bodies|body|files?|requests?)\b[^.|\n]{0,60}?\b(?:up to|at most|maximum(?: of)?|max\.?|limited to|limit of|not larger than)\s+(\d+)\s*(kb|mb|gb|kib|mib|gib)\b/gi;

/** What a program, its settings or a document allow. */
function limitsIn(file: SourceFile): Limit[] {
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
	return matches.flatMap(({ match: [, name, unit, number, times, behind], line, at }): Limit[] => {
		const bytes = bytesOf(number!, times ?? "", behind ?? unit ?? "bytes");
		return isComment(file, at) || bytes === undefined || bytes < 2 ** 17 ? [] : [{ bytes, text: name!, file, line }];
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

function tooSmall(tree: Tree, gateways: readonly Limit[], wanted: readonly Limit[]): Found[] {
	const most = gateways.toSorted((a, b) => b.bytes - a.bytes)[0];
	const larger =
		most === undefined || most.bytes === 0 ? [] : unique(wanted.filter(({ bytes }) => bytes > most.bytes * 1.05));
	// A lone number of a program may be another one's limit: a sentence, or a service that nginx passes to, is needed.
	const [first] = larger;
	if (!most || !first || gateways.some(({ bytes }) => bytes === 0)) return [];
	if (!tree.files.some((file) => file.language !== "markdown" && file.includes("proxy_pass"))) return [];
	const need = Math.ceil(Math.max(...larger.map(({ bytes }) => bytes)) / 2 ** 20);
	return [
		{
			message: `${most.file.path} lets requests of ${sizeOf(most.bytes)} through, and ${first.file.path} allows ${sizeOf(first.bytes)}`,
			evidence: [placeIn(most.file, most.line), ...larger.slice(0, 4).map((one) => placeIn(one.file, one.line))],
			fix: { say: `write client_max_body_size ${need}m` },
		},
	];
}

/** A gateway before another one, which lets less through than the one behind it and the program. */
function narrower(tree: Tree, gateways: readonly Limit[], wanted: readonly Limit[]): Found[] {
	const byFile = Map.groupBy(
		gateways.filter(({ file }) => file.language === "nginx"),
		({ file }) => file,
	);
	const most = [...byFile.values()].map((all) => all.toSorted((a, b) => b.bytes - a.bytes)[0]!);
	return most.flatMap((outer): Found[] => {
		const inner = most.find(
			(one) => one !== outer && one.bytes > outer.bytes * 1.05 && passesTo(tree, outer.file, one.file),
		);
		const larger = unique(wanted.filter(({ bytes }) => bytes > outer.bytes * 1.05));
		if (inner === undefined || larger.length === 0 || byFile.get(outer.file)!.some(({ bytes }) => bytes === 0))
			return [];
		return [
			{
				message: `${outer.file.path} lets requests of ${sizeOf(outer.bytes)} through to ${inner.file.path}, which lets ${sizeOf(inner.bytes)} through, and ${larger[0]!.file.path} allows ${sizeOf(larger[0]!.bytes)}`,
				evidence: [outer, inner, ...larger.slice(0, 4)].map((one) => placeIn(one.file, one.line)) as [FilePlace],
				fix: { say: `write client_max_body_size ${Math.ceil(inner.bytes / 2 ** 20)}m` },
			},
		];
	});
}

const sizeOf = (bytes: number): string =>
	bytes >= 2 ** 20 ? `${Math.round(bytes / 2 ** 20)} MB` : `${Math.round(bytes / 2 ** 10)} KB`;
