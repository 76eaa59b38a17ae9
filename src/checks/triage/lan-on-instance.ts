import { checkEnvironment } from "../../perimeter/check.ts";
import { parsePerimeter, type PerimeterDocument } from "../../perimeter/document.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { addressesOf, isLan, type NamedAddress } from "../facts/addresses.ts";
import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
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
		const rents =
			perimeter !== undefined ||
			tree.files.some(
				({ path, text }) =>
					standingOf(path) !== "vendored" && /\bVAST_|vast\.ai|vastai|runpod|driver:\s*vast/i.test(text),
			);
		const all = rents ? addressesOf(tree).filter(({ file, block }) => isRented(file, block)) : [];
		return {
			looked: `${all.length} addresses of rented machines`,
			findings: all.flatMap((one) => finding(one, perimeter)),
		};
	},
} satisfies StaticCheck;

/** The document, when it has the tables that say what is forbidden. */
function perimeterOf(tree: Tree): { file: SourceFile; document: PerimeterDocument } | undefined {
	const file = tree.files.find(({ path }) => /(?:^|\/)perimeter\.md$/i.test(path) && standingOf(path) === "docs");
	const document = file && parsePerimeter(file.text);
	return file && document && document.forbidden.length > 0 ? { file, document } : undefined;
}

function isRented(file: SourceFile, block: string): boolean {
	if (standingOf(file.path) !== "live" || file.language === "python" || file.language === "javascript") return false;
	return RENTED.test(file.path) || RENTED.test(block.replaceAll(/[.:]/g, "/"));
}

function finding(one: NamedAddress, perimeter: ReturnType<typeof perimeterOf>): Found[] {
	const { name, file, line, address } = one;
	const place = placeIn(file, line);
	const [rule] = perimeter
		? checkEnvironment(perimeter.document, [{ name, value: address.text, at: { file: file.path, line } }], "compute")
		: [];
	const lan = isLan(address.host);
	if (!lan && rule?.rule !== "never") return [];
	if (lan && perimeter && rule === undefined) return [];
	const said = rule?.ruleLine == null || !perimeter ? [] : [placeIn(perimeter.file, rule.ruleLine)];
	return [
		{
			message: `${name} of a rented machine is ${address.host}, which is known on its own network alone`,
			evidence: [place, ...said],
			fix: {
				say: `write the address of the control host as instances reach it${perimeter ? `: see Hosts in ${perimeter.file.path}` : ""}`,
			},
		},
	];
}
