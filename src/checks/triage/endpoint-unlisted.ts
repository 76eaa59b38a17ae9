import { parsePerimeter } from "../../perimeter/document.ts";
import { addressesOf, isReal, type NamedAddress } from "../facts/addresses.ts";
import { placeIn, unique } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS416",
	scope: "static",
	severity: "note",
	question: "Does the perimeter know every address that the settings name?",
	why: "What docs/Perimeter.md does not name, nobody opens, watches or closes.",
	example:
		"`STORE_ENDPOINT=files.acme.dev:9443`, and docs/Perimeter.md has neither the host nor the port; add a row, or correct the setting.",
	run(tree) {
		const file = tree.files.find(({ path }) => /(?:^|\/)perimeter\.md$/i.test(path));
		const document = file && parsePerimeter(file.text);
		if (!file || !document || document.hosts.length === 0)
			return { looked: "no table of hosts in a Perimeter.md", findings: [] };
		const known = file.text.toLowerCase();
		const settings = addressesOf(tree).filter(
			(one) => standingOf(one.file.path) === "live" && isReal(one.address.host) && isService(one),
		);
		const unknown = Map.groupBy(
			settings.filter(({ address }) => !known.includes(address.host)),
			({ address }) => address.host,
		);
		const findings = [...unknown].map(([host, all]): Found => {
			const [first, ...rest] = unique(all);
			return {
				message: `${first!.name} names ${host}, which ${file.path} does not know`,
				evidence: [placeIn(first!.file, first!.line), ...rest.map((one) => placeIn(one.file, one.line))],
				fix: { say: `add ${host} to the table of hosts in ${file.path}, or write a host that stands there` },
			};
		});
		return { looked: `${settings.length} addresses against ${file.path}`, findings };
	},
} satisfies StaticCheck;

/** A service of the system: in the environment, with a port. A page of the web is none. */
const isService = ({ address, file, name }: NamedAddress): boolean =>
	address.port !== undefined &&
	!/^(?:REPO|HOMEPAGE|DOCS|INDEX|REGISTRY)/.test(name) &&
	["env", "ini", "yaml", "shell", "powershell", "dockerfile", "batch"].includes(file.language);
