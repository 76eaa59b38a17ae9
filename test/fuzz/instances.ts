import { isDeepStrictEqual } from "node:util";
import { formatIdentity, parseIdentity } from "../../src/contracts/identity.ts";
import { causeIn } from "../../src/system/log-cause.ts";
import { fieldsOf, parseLine } from "../../src/instances/log-line.ts";
import { parseProbe } from "../../src/instances/vast/probe.ts";
import { parseReport } from "../../src/self-test/program.ts";
import { heldBy, heldLabel, parseLabel, placeOf } from "../../src/vast/label.ts";
import {
	byIdSchema,
	createdSchema,
	keysSchema,
	logSchema,
	offersSchema,
	pageSchema,
	readAs,
} from "../../src/vast/schemas.ts";
import { parseGpus } from "../../images/runtime/nvidia-smi.ts";
import { parseEnvironment } from "../../images/runtime/process-environment.ts";
import { rawContract } from "../vast/platform.ts";
import { expectThat, type Parser } from "./parser.ts";
import { jsonNear, textsNear } from "./texts.ts";

const VAST = [
	{ instances: [rawContract(1), rawContract(2)], next_token: null },
	{ instances: rawContract(3, { ports: null, extra_env: null }) },
	{ instances: null },
	{ ssh_keys: '[{"id":1,"public_key":"ssh-ed25519 AAAA"}]' },
	{
		offers: [
			{ id: 1, machine_id: 2, gpu_name: "RTX 4090", num_gpus: 1, disk_space: 40, dph_total: 0.3, direct_port_count: 9 },
		],
	},
	{ success: true, new_contract: 7, instance_api_key: "k" },
	{ success: true, result_url: "https://s3.test/log" },
].map((one) => JSON.stringify(one));

function checkVast(text: string): void {
	let body: unknown;
	try {
		body = JSON.parse(text);
	} catch {
		body = text;
	}
	for (const schema of [byIdSchema, pageSchema, keysSchema, offersSchema, createdSchema, logSchema])
		try {
			readAs(schema as never, body, "a question");
		} catch (error) {
			expectThat((error as Error).name === "UserError", String(error));
		}
}

const LABELS = ["cres/video/gpu-1", "cres/video/gpu-1?token=7&owner=me%40host&until=2026", "?", "cres//x", "a/b?c=d?e"];

function checkLabel(text: string): void {
	const holder = heldBy(text);
	if (holder) expectThat(isDeepStrictEqual(heldBy(heldLabel(placeOf(text)!, holder)), holder), "the holder changed");
	parseLabel(text);
}

const PROBES = [
	'Welcome\ncres-probe-begin\ncontainer_id=123\nworker_container=0123abcd\nrollout=r\nbuild_info={"buildId":"0123456789ab","revision":"a","version":"1","created":"x","flavour":"cpu"}\nworker=RUNNING\nworker_pid=12\ncres-probe-end\n',
	"cres-probe-begin\r\ncontainer_id=\r\nbuild_info=\r\nworker=none\r\ncres-probe-end\r\n",
	"cres-probe-end\ncres-probe-begin\n",
];
const LOGS = [
	'{"time":"2026-11-29T10:15:00Z","level":"ERROR","program":"worker","message":"no"}',
	"2026-11-29 10:15:00,123 INFO exited: worker (exit status 1; not expected)",
	"\u001B[31mTypeError: x\u001B[0m",
	"boot: no GPU",
];

function checkLog(text: string): void {
	const lines = text.split("\n").map((line) => parseLine(line));
	for (const { text: shown, at } of lines) {
		expectThat(!/(?!\t)\p{Cc}/u.test(shown), "a control character is left");
		expectThat(at === null || !Number.isNaN(Date.parse(at)), "no time");
		fieldsOf(shown);
	}
	causeIn(lines);
}

const IDENTITIES = ["cpu@cpu-1/0123456789ab-89abcdef", "gpu@a/b-c-00000000", "cpu@/x-00000000", "1234@host"];

function checkIdentity(text: string): void {
	const identity = parseIdentity(text);
	if (identity) expectThat(formatIdentity(identity) === text, `it is written as ${formatIdentity(identity)}`);
}

const REPORT = { role: "gpu", ok: true, checks: [{ name: "a", ok: true, observed: "b" }] };
const REPORTS = [`Hello\n${JSON.stringify(REPORT)}\n`, "cres-self-test-missing\n", "{\n"];
const SMI = ["NVIDIA GeForce RTX 4090, 550.54, 8.9, 24564, 1, 24563\n", "NVIDIA-SMI has failed\n", "A=1\0B=2=3\0"];

export const instanceParsers: readonly Parser[] = [
	{ name: "vast-json", corpus: VAST, texts: jsonNear(VAST, ["22/tcp", "running"]), check: checkVast },
	{
		name: "vast-label",
		corpus: LABELS,
		texts: textsNear(LABELS, ["cres/", "?", "&", "=", "%", "/"]),
		check: checkLabel,
	},
	{
		name: "ssh-probe",
		corpus: PROBES,
		texts: textsNear(PROBES, [
			"cres-probe-begin\n",
			"cres-probe-end\n",
			"=",
			"worker=",
			"worker_pid=",
			"container_id=",
		]),
		check: (text) => void parseProbe(text),
		pieces: ["worker=", "worker_pid=1", "\r"],
	},
	{
		name: "log-lines",
		corpus: LOGS,
		texts: textsNear(LOGS, ["{", "}", '"time":', "\u001B[", "\u001B]8;;", "error:"]),
		check: checkLog,
		pieces: ["\u001B[", "\u001B[1;", "\u001B]", "error", "a.error", "\u001B]8;;a\u0007"],
	},
	{
		name: "identity",
		corpus: IDENTITIES,
		texts: textsNear(IDENTITIES, ["cpu@", "/", "-", "00000000"]),
		check: checkIdentity,
		pieces: ["-00000000", "/", "a-"],
	},
	{
		name: "self-test",
		corpus: REPORTS,
		texts: textsNear(REPORTS, ["{", "}", '"ok":', "\n"]),
		check: (text) => void parseReport("gpu-1", "gpu", text),
	},
	{
		name: "nvidia-smi",
		corpus: SMI,
		texts: textsNear(SMI, [",", "\n", "\0", "="]),
		check: (text) => void [parseGpus(text), parseEnvironment(text)],
	},
];
