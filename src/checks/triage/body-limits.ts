import { directivesIn } from "../data/nginx-directives.ts";
import { mappingsOf } from "../facts/config-files.ts";
import { composeServices, itemsOf } from "../facts/compose.ts";
import { locationLimits } from "../facts/location-limits.ts";
import { reachedFrom, startedBy } from "../python/reached.ts";
import { placeIn, unique } from "../facts/found.ts";
import { counts, limitsIn, sizeOf, UNIT, type Limit } from "../facts/upload-limits.ts";
import { passesTo } from "../facts/gateway-chains.ts";
import { isBehindNginx } from "../facts/units.ts";
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
		const all = [...tooSmall(tree, gateways, wanted), ...narrower(tree, gateways, wanted)];
		const told = new Set(all.map(({ message }) => message.replace(/,[^]*$/, "")));
		const others = wanted.length === 0 ? [] : forService(tree, wanted);
		return {
			looked: `${gateways.length} limits of gateways`,
			findings: [...all, ...others.filter(({ message }) => !told.has(message.replace(/ to [^]*$/, "")))],
		};
	},
} satisfies StaticCheck;

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

/** Every location that leads to a service lets less through than the settings of that service allow. */
function forService(tree: Tree, wanted: readonly Limit[]): Found[] {
	const groups = Map.groupBy(locationLimits(tree), ({ service }) => service);
	return [...groups].flatMap(([name, all]): Found[] => {
		const most = all.toSorted((a, b) => b.bytes - a.bytes)[0]!;
		const own = limitsOfService(tree, name, wanted).filter(({ bytes }) => bytes > most.bytes * 1.05);
		const [first] = own;
		if (first === undefined || all.some(({ bytes }) => bytes === 0)) return [];
		const need = Math.ceil(Math.max(...own.map(({ bytes }) => bytes)) / 2 ** 20);
		return [
			{
				message: `${most.file.path} lets requests of ${sizeOf(most.bytes)} through to ${name}, and ${first.file.path} allows ${name} ${sizeOf(first.bytes)}`,
				evidence: [most, ...own.slice(0, 4)].map((one) => placeIn(one.file, one.line)) as [FilePlace],
				fix: { say: `write client_max_body_size ${need}m for ${most.location}` },
			},
		];
	});
}

/** What compose gives a service; else what the program that it starts has. */
function limitsOfService(tree: Tree, name: string, wanted: readonly Limit[]): Limit[] {
	const services = composeServices(tree).filter((one) => one.name === name);
	const given = wanted.filter(({ file, line }) =>
		services.some((one) => one.file === file && one.lines.some((each) => each.line === line)),
	);
	if (given.length > 0 || services.length === 0) return given;
	const loaded = services.map((service) => {
		const first = startedBy(
			tree,
			itemsOf(service, "command")
				.map(({ value }) => value)
				.join(" "),
		);
		return first && reachedFrom(tree, [first]);
	});
	return wanted.filter(({ file }) => loaded.every((files) => files?.has(file) === true));
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
