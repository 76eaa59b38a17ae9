import { isDeepStrictEqual } from "node:util";
import { stringify } from "yaml";
import { addressesInEnv, withEndpoint } from "../../src/endpoint/env-file.ts";
import { withInstance, withoutInstance } from "../../src/config/edit.ts";
import { readConfigText } from "../../src/config/faults.ts";
import { assignmentsOf, dotenvValues } from "../../src/system/dotenv.ts";
import { expectThat, type Parser } from "./parser.ts";
import { textsNear } from "./texts.ts";

const GOOD = `project: video
image: { repository: owner/worker }
registry: { push: { address: ghcr.io } }
temporal: { address: "127.0.0.1:7233" }
store: { endpoint: "127.0.0.1:9000" }
`;
const YAML = [
	GOOD,
	`${GOOD}x-gpu: &gpu { driver: vast, key: id, roles: [gpu] }\ninstances:\n  a: { <<: *gpu, id: 1 }\n  b:\n    <<: [*gpu]\n    id: 2\n`,
	`${GOOD}instances:\n  # first\n  cpu-1:\n    driver: docker\n    host: h\n    key: ~/.ssh/id\n    roles: [cpu]\n    env:\n      A: "1"\n  # last\n`,
	`${GOOD}env: { COUNTRY: no, A: "022" }\nsecrets: [MINIO_ACCESS_KEY]\nrollout: { watch: 2s }\n`,
	`%YAML 1.1\n---\n${GOOD}...\n`,
	`${GOOD}instances: {}\n`,
	`${GOOD}queue: >-\n  a\n  b\n? complex\n: *none\n`,
];
const YAML_TOKENS = [
	..."&a ,*a ,*a, <<: *a\n,!!str ,!!binary ,!!set ,? ,- ,|\n,>\n,---\n,...\n,x-a: 1\n,instances:\n,  cpu-1:\n,project: ,: , #".split(
		",",
	),
	"env: { A: b }\n",
	"driver: docker\n",
	"constructor: {a: 1}\n",
	"__proto__: ",
	"roles: [gpu]\n",
	"\t",
];

const INSTANCE = { driver: "docker", host: "203.0.113.7", key: "~/.ssh/id", roles: ["cpu"] };

/** What is written is read again, and what is taken out is gone. */
function checkConfig(text: string): void {
	const read = readConfigText(text);
	if ("faults" in read) {
		expectThat(read.faults.length > 0, "no settings and no fault");
		expectThat(
			read.faults.every(({ line }) => Number.isInteger(line) && line >= 1),
			"a fault without a line",
		);
		return;
	}
	const again = readConfigText(
		stringify({ ...read.settings, rollout: {}, attest: { keys: read.settings.attest.keys } }),
	);
	expectThat("settings" in again && isDeepStrictEqual(again.settings.instances, read.settings.instances), "settings");
	const added = readConfigText(withInstance(text, "fuzz-1", INSTANCE));
	expectThat("settings" in added, `an added instance makes it unreadable: ${JSON.stringify(added)}`);
	if ("settings" in added) expectThat(added.settings.instances["fuzz-1"]?.key === INSTANCE.key, "it was not added");
	for (const name of Object.keys(read.settings.instances)) {
		const less = withoutInstance(text, name);
		const left = less === undefined ? undefined : readConfigText(less);
		if (left && "settings" in left) expectThat(!(name in left.settings.instances), `${name} is still there`);
	}
}

const ENV = [
	"MINIO_ACCESS_KEY=abc\nMINIO_SECRET_KEY='d e f'\n# comment\nexport A=1\n",
	'VAST_HOST=203.0.113.7\nVAST_PORT=41234\nVAST_HOST_GPU_1="ssh7.vast.ai"\nVAST_PORT_GPU_1=26311 # proxy\n',
	'A="two\nlines"\nB=`c`\nC=\nD: e\nF=ab#cd\n',
	"\uFEFFA=1\r\nB='2'\r\n",
	"A=1\ne:\n",
];
const ENV_TOKENS = [
	"A=",
	"VAST_HOST=",
	"VAST_PORT_GPU_1=",
	"export ",
	"\n",
	"\r\n",
	"'",
	'"',
	"`",
	" # ",
	"\\n",
	"\\'",
	":\n",
	":\r\n",
	"=",
	": ",
];

function checkEnv(text: string): void {
	const values = dotenvValues(text);
	const names = new Set(assignmentsOf(text.replace(/^\uFEFF/, "")).map(({ name }) => name));
	for (const name of names) expectThat(name in values || name === "__proto__", `${name} has a place and no value`);
	const present = { host: "198.51.100.9", port: 40_123 };
	const { text: next } = withEndpoint(text, { instance: "gpu-1", present, stale: [], alone: true });
	const found = addressesInEnv(next, "gpu-1", () => true);
	expectThat(
		found.length > 0 && found.every((one) => isDeepStrictEqual({ ...one }, present)),
		`another endpoint is read: ${JSON.stringify([found, next])}`,
	);
	expectThat(dotenvValues(next)["VAST_PORT"] === "40123", `.env says ${dotenvValues(next)["VAST_PORT"]}`);
}

export const configurationParsers: readonly Parser[] = [
	{
		name: "cres-yaml",
		corpus: YAML,
		texts: textsNear(YAML, YAML_TOKENS),
		check: checkConfig,
		pieces: ["? ", "&a ", "[*a,", "- - "],
	},
	{
		name: "env",
		slow: ["\n", "\r"], // dotenv itself looks for a name from every blank line on
		corpus: ENV,
		texts: textsNear(ENV, ENV_TOKENS),
		check: checkEnv,
		pieces: ["A='", 'A="\\"', "export ", "A=1\n", "A =  "],
	},
];
