import { composeFiles, type ComposeFile } from "../facts/compose-files.ts";
import { placeIn } from "../facts/found.ts";
import type { Part } from "../workflows/part.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS430",
	scope: "static",
	severity: "error",
	question: "Does each service of a compose file take host ports and container names of its own?",
	why: "The second one does not start: `port is already allocated`, or `the container name is already in use`.",
	example: '`ports: ["8080:80"]` in two services: give one of them another port of the host.',
	run(tree) {
		const files = composeFiles(tree);
		return {
			looked: `${files.length} compose files`,
			findings: files.flatMap((file) => [...ports(file), ...names(file)]),
		};
	},
} satisfies StaticCheck;

interface Claim {
	service: string;
	/** What may be taken once. */
	value: string;
	part: Part;
}

/** Services of a profile need not run together with others. */
const together = ({ services }: ComposeFile): [string, Part][] =>
	[...services].filter(([, part]) => part.get("profiles") === undefined);

function ports(file: ComposeFile): Found[] {
	const claims = together(file).flatMap(([service, part]) =>
		(part.get("ports")?.list ?? []).flatMap((one) => claimOf(service, one)),
	);
	return claims.flatMap((one, at): Found[] => {
		const earlier = claims.slice(0, at).find((other) => other.service !== one.service && clash(one.value, other.value));
		const port = /(\d+)\/\w+$/.exec(one.value)?.[1];
		return earlier === undefined ? [] : [foundFor(file, one, earlier, `port ${port} of the host`)];
	});
}

/** `address port/protocol`; no address stands for all. */
function clash(a: string, b: string): boolean {
	const [[addressA, portA], [addressB, portB]] = [a.split(" "), b.split(" ")] as [[string, string], [string, string]];
	return portA === portB && (addressA === addressB || addressA === "*" || addressB === "*");
}

function claimOf(service: string, part: Part): Claim[] {
	const written = part.text ?? "";
	const short = /^(?:([\d.]+):)?(\d+):\d+(?:\/(\w+))?$/.exec(written);
	const published = part.get("published")?.text;
	if (short === null && (published === undefined || !/^\d+$/.test(published))) return [];
	const address = short?.[1] ?? part.get("host_ip")?.text ?? "*";
	const protocol = short?.[3] ?? part.get("protocol")?.text ?? "tcp";
	return [{ service, part, value: `${address === "0.0.0.0" ? "*" : address} ${short?.[2] ?? published!}/${protocol}` }];
}

function names(file: ComposeFile): Found[] {
	const claims = together(file).flatMap(([service, part]): Claim[] => {
		const name = part.get("container_name");
		return name?.text === undefined || /[${}]/.test(name.text) ? [] : [{ service, value: name.text, part: name }];
	});
	return claims.flatMap((one, at): Found[] => {
		const earlier = claims.slice(0, at).find(({ value }) => value === one.value);
		return earlier === undefined ? [] : [foundFor(file, one, earlier, `the container name ${one.value}`)];
	});
}

const foundFor = ({ file }: ComposeFile, one: Claim, earlier: Claim, what: string): Found => ({
	message: `${earlier.service} and ${one.service} both take ${what}`,
	evidence: [placeIn(file, one.part.line), placeIn(file, earlier.part.line)],
	fix: { say: `give ${one.service} another one` },
});
