import { checkEnvironment } from "../../perimeter/check.ts";
import { parsePerimeter, type PerimeterDocument } from "../../perimeter/document.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { addressesOf, isLan, isLoopback, type NamedAddress } from "../facts/addresses.ts";
import { placeIn } from "../facts/found.ts";
import { isInventory, networkOf } from "../facts/inventory.ts";
import { publishedAlone } from "../facts/published-addresses.ts";
import { meantOutside, outsideOf, type Outside } from "../facts/outside.ts";
import { isEnvExample, standingOf } from "../facts/standing.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const RENTED = /(?:^|[/._-])(?:remote|gpu|instances?|vast|runpod|lambda|compute)(?=[/._-]|$)/i;

export default {
	code: "TS415",
	scope: "static",
	severity: "error",
	question: "Does what runs on rented machines name only addresses that are reached from there?",
	why: "A LAN or Tailscale address leads nowhere on a rented machine: the worker starts, waits for its queue or its store and never gets there.",
	example: '`TEMPORAL_ADDRESS="192.168.1.20:7233"` for the GPU worker; write the public address of docs/Perimeter.md.',
	run(tree) {
		const perimeter = perimeterOf(tree);
		const rents = perimeter !== undefined || isRenting(tree);
		const all = rents || tells(tree) ? addressesOf(tree).filter(({ file, block }) => isRented(file, block)) : [];
		return {
			looked: `${all.length} addresses of rented machines`,
			findings: [
				...all.flatMap((one) => {
					const own = rents || !isVague(tree, one) ? finding(tree, one, perimeter) : [];
					if (own.length > 0) return own;
					const apart = notRouted(tree, one);
					return apart.length > 0 || perimeter !== undefined ? apart : onLoopback(tree, one);
				}),
				...addressesOf(tree).flatMap((one) =>
					all.includes(one) && (rents || !isVague(tree, one)) ? [] : elsewhere(tree, one),
				),
				...addressesOf(tree).flatMap((one) => (all.includes(one) ? [] : onOtherNetwork(tree, one))),
			],
		};
	},
} satisfies StaticCheck;

const isRenting = (tree: Tree): boolean =>
	tree.files.some(
		(file) => standingOf(file.path) !== "vendored" && file.has(/\bVAST_|vast\.ai|vastai|runpod|driver:\s*vast/i),
	);

const SAID = /\brented\s+(?:[\w-]+\s+){0,2}(?:instances?|machines?|hosts?|servers?|box(?:es)?|nodes?|gpus?)\b/i;

/** The tree says that it rents machines, or how its services are reached from them. */
const tells = (tree: Tree): boolean =>
	outsideOf(tree).some(({ inside, outside }) => outside !== undefined && inside.some(isLan)) ||
	tree.files.some((file) => ["docs", "live"].includes(standingOf(file.path)) && file.has(SAID));

/** Where nobody is named that machines are rented from: some have a network of their own, or join the one at home. */
const isVague = (tree: Tree, { address: { host } }: NamedAddress): boolean =>
	!/\.(?:lan|local|home|home\.arpa|intranet)$|^192\.168\./.test(host) ||
	tree.files.some((file) => file.has(/tailscale|wireguard|\bwg0\b|zerotier|openvpn/i));

/** The document, when it has the tables that say what is forbidden. */
function perimeterOf(tree: Tree): { file: SourceFile; document: PerimeterDocument } | undefined {
	const file = tree.files.find(({ path }) => /(?:^|\/)perimeter\.md$/i.test(path) && standingOf(path) === "docs");
	const document = file && parsePerimeter(file.text);
	return file && document && document.forbidden.length > 0 ? { file, document } : undefined;
}

function isRented(file: SourceFile, block: string): boolean {
	if (
		(standingOf(file.path) !== "live" && !isEnvExample(file.path)) ||
		file.language === "python" ||
		file.language === "javascript"
	)
		return false;
	return RENTED.test(file.path) || RENTED.test(block.replaceAll(/[.:]/g, "/"));
}

function finding(tree: Tree, one: NamedAddress, perimeter: ReturnType<typeof perimeterOf>): Found[] {
	const { name, file, line, address } = one;
	const place = placeIn(file, line);
	const [rule] = perimeter
		? checkEnvironment(perimeter.document, [{ name, value: address.text, at: { file: file.path, line } }], "compute")
		: [];
	const lan = isLan(address.host);
	if (!lan && rule?.rule !== "never") return [];
	if (lan && perimeter && rule === undefined) return [];
	const row = meantOutside(tree, address.host, address.port);
	const said = rule?.ruleLine == null || !perimeter ? [] : [placeIn(perimeter.file, rule.ruleLine)];
	return [
		{
			message: `${name} of a rented machine is ${address.host}, which is known on its own network alone`,
			evidence: [place, ...(row === undefined ? said : [placeIn(row.file, row.line)])],
			fix: {
				say:
					row === undefined
						? `write the address of the control host as instances reach it${perimeter ? `: see Hosts in ${perimeter.file.path}` : ""}`
						: `write ${textOf(row)}`,
			},
		},
	];
}

const textOf = ({ outside }: Outside): string => (outside === undefined ? "" : `${outside.host}:${outside.port}`);

/** A private address of a host whose port is opened at another one alone, which the same settings or a document name. */
function elsewhere(tree: Tree, { name, file, line, block, address: { host, port } }: NamedAddress): Found[] {
	if (!isRented(file, block) || !/^[\d.]+$/.test(host) || !isLan(host) || port === undefined) return [];
	const open = publishedAlone(tree, port);
	const [first] = open;
	if (first === undefined || open.some(({ address }) => address === host)) return [];
	const knows = (one: SourceFile): boolean => one.includes(first.address) && one.includes(host);
	const told = knows(file) ? file : tree.in("markdown").find((one) => standingOf(one.path) === "docs" && knows(one));
	return told === undefined
		? []
		: [
				{
					message: `${name} of another machine is ${host}:${port}, and that port is opened at ${first.address} alone`,
					evidence: [placeIn(file, line), ...open.map((one) => placeIn(one.file, one.line))],
					fix: { say: `write ${first.address}:${port}` },
				},
			];
}

/** Machines of one network are told a host's address in another, and a document has the one in theirs. */
function onOtherNetwork(tree: Tree, { name, file, line, address: { host } }: NamedAddress): Found[] {
	const network = isInventory(file) ? networkOf(file) : undefined;
	if (network === undefined || !/^[\d.]+$/.test(host) || !isLan(host) || host.startsWith(network)) return [];
	const own = new RegExp(`(?<![\\d.])${RegExp.escape(network)}\\d+\\.\\d+(?![\\d.])`);
	const named = new RegExp(`(?<![\\d.])${RegExp.escape(host)}(?![\\d.])`);
	for (const document of tree.in("markdown")) {
		if (standingOf(document.path) !== "docs" || !document.includes(host)) continue;
		const row = document.lines.findIndex((text) => text.startsWith("|") && named.test(text) && own.test(text));
		if (row < 0) continue;
		const meant = own.exec(document.lines[row]!)![0];
		return [
			{
				message: `${name} is ${host}, and the machines of ${file.path} are in ${network}x.x, where that host is ${meant}`,
				evidence: [placeIn(file, line), placeIn(document, row + 1)],
				fix: { say: `write ${meant}` },
			},
		];
	}
	return [];
}

/** A document names the address, or the network it is in, and says of it that these machines do not reach it. */
function notRouted(tree: Tree, { name, file, line, address: { host } }: NamedAddress): Found[] {
	if (!/^[\d.]+$/.test(host) || !isLan(host)) return [];
	const named = new RegExp(`(?<![\\d.])${RegExp.escape(host)}(?![\\d.])`);
	for (const document of tree.in("markdown")) {
		if (standingOf(document.path) !== "docs" || !document.includes(host)) continue;
		const row = document.lines.findIndex((text) => named.test(text) && UNREACHED.test(text));
		if (row < 0) continue;
		return [
			{
				message: `${name} of another machine is ${host}, and ${document.path} says that it is not reached from there`,
				evidence: [placeIn(file, line), placeIn(document, row + 1)],
				fix: { say: `write the address that ${document.path} has for these machines` },
			},
		];
	}
	return [];
}

const UNREACHED =
	/\b(?:(?:not|never) (?:be )?(?:routed|reach(?:ed|able)|visible|available|known)|unreachable|no route|cannot be reached) (?:(?:to|from|on|by|for|in) )(?:the |our |all |any )?(?:compute|rented|gpu|instances?|cloud|remote)\b/i;

/** The rented machine asks itself for what a document says to be elsewhere, and no tunnel leads there. */
function onLoopback(tree: Tree, { name, file, line, address }: NamedAddress): Found[] {
	const { host, port } = address;
	const row = isLoopback(host) ? meantOutside(tree, host, port) : undefined;
	const tunnel = new RegExp(`\\bssh\\b[^]{0,400}?-[LR]\\s*["']?\\S*\\b${port ?? 0}\\b`);
	if (row === undefined || tree.files.some((file) => file.includes("ssh") && tunnel.test(file.text))) return [];
	return [
		{
			message: `${name} of a rented machine is ${host}:${port!}, the machine itself, and ${row.file.path} says that it is reached at ${textOf(row)}`,
			evidence: [placeIn(file, line), placeIn(row.file, row.line)],
			fix: { say: `write ${textOf(row)}` },
		},
	];
}
