import { addressesOf, isLoopback, isPlaceholder, isReal, stageOf, type NamedAddress } from "../facts/addresses.ts";
import { editOf, listed, weigh, type Side } from "../facts/found.ts";
import { isEnvExample, standingOf } from "../facts/standing.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** Each program has its own. */
const GENERIC =
	/^(?:API_URL|BASE_URL|SERVER_URL|SERVER_HOST|API_HOST|BIND_HOST|BIND_ADDRESS|LISTEN_ADDRESS|LISTEN_ADDR|SERVICE_URL|IMAGE_URL|REPO_URL|HOMEPAGE_URL|DOWNLOAD_URL|CALLBACK_URL|INDEX_URL|EXTRA_INDEX_URL|SOURCE_URL|DOCS_URL)$/;

export default {
	code: "TS412",
	scope: "static",
	severity: "error",
	question: "Has every logical endpoint one address, wherever it is written?",
	why: "One start path talks to a machine that was retired, while the others work: it is found only when that path is taken.",
	example:
		"`TEMPORAL_ADDRESS` is `203.0.113.10:7233` in two scripts and `203.0.113.99:7233` in a third; write it once and read it.",
	run(tree) {
		const all = addressesOf(tree).filter(counts);
		const groups = Map.groupBy(all, ({ name, file, block }) => `${name} ${stageOf(file, block)}`);
		const findings = [...groups.values()].flatMap((group) =>
			GENERIC.test(group[0]!.name) ? [] : [...disagree(group, isReal), ...disagree(group, isLoopback)],
		);
		return { looked: `${new Set(all.map(({ name }) => name)).size} names of endpoints`, findings };
	},
} satisfies StaticCheck;

/** What is in use, the example of the environment and documents; addresses set aside for examples count in what is in use. */
function counts({ file, address }: NamedAddress): boolean {
	const standing = standingOf(file.path);
	if (isPlaceholder(address.host)) return false;
	const forExamples = /^(?:192\.0\.2|198\.51\.100|203\.0\.113)\./.test(address.host);
	return standing === "live" || ((isEnvExample(file.path) || standing === "docs") && !forExamples);
}

function disagree(group: readonly NamedAddress[], of: (host: string) => boolean): Found[] {
	const sides = group
		.filter(({ address }) => of(address.host))
		.map((one): Side & { one: NamedAddress } => {
			return { value: valueOf(one), file: one.file, line: one.line, one };
		});
	if (sides.every(({ one }) => one.constant || standingOf(one.file.path) === "docs")) return [];
	const values = new Set(sides.map(({ value }) => value));
	if (values.size < 2 || new Set(sides.map(({ file }) => file.path)).size < 2 || isReplicated(group)) return [];
	const { odd, wanted, evidence } = weigh(sides);
	return [
		{
			message: `${group[0]!.name} has ${values.size} addresses: ${[...values].join(", ")}`,
			evidence,
			fix: {
				say: `write ${wanted} for ${odd.value} in ${listed([odd])}, or keep the address in one place and read it there`,
				...editOf(odd.file, odd.line, odd.value, wanted),
			},
		},
	];
}

/** Host and port as they matter: loopback by its port alone, a name without a port as it is. */
function valueOf({ address: { host, port } }: NamedAddress): string {
	const shown = isLoopback(host) ? "localhost" : host;
	return port === undefined ? shown : `${shown}:${port}`;
}

/** One file gives the name several values on purpose: a list of instances. */
const isReplicated = (group: readonly NamedAddress[]): boolean =>
	[...Map.groupBy(group, ({ file }) => file.path).values()].some((one) => new Set(one.map(valueOf)).size > 2);
