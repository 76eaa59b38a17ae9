import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { readApiSettings } from "../../../images/api/settings.ts";
import { chooseNames } from "../../../images/boot/choose.ts";
import { chooseModels } from "../../../images/models/choose.ts";
import { readSettings } from "../../../images/runtime/settings.ts";
import { EnvironmentError, readFlag } from "../../../images/runtime/variables.ts";
import { FLAG_WORDS, type FlagName, parseFlag } from "../../../src/contracts/flag.ts";
import type { Model } from "../../../src/contracts/models.ts";
import { RUNTIME_ENV, type RuntimeName, type RuntimeVariable } from "../../../src/contracts/runtime-env.ts";

const WHISPER = join(import.meta.dirname, "../../../images/whisper");

const WORDS = [
	...FLAG_WORDS.on.map((word) => [word, true] as const),
	...FLAG_WORDS.off.map((word) => [word, false] as const),
	...[["TRUE", true] as const, ["Yes", true] as const, ["False", false] as const, ["OFF", false] as const],
];
/** An empty variable counts as missing, and its default holds. */
const GIVEN = WORDS.filter(([word]) => word !== "");
const NEITHER = ["2", "y", "enabled", "maybe", " 1"];

const FLAGS = (Object.keys(RUNTIME_ENV) as RuntimeName[]).filter(
	(name) => (RUNTIME_ENV[name] as RuntimeVariable).flag,
) as FlagName[];

const complete = {
	TEMPORAL_ADDRESS: "temporal.test:7233",
	WORKER_INSTANCE_NAME: "gpu-1",
	WORKER_MODE: "gpu",
	API_ROLE: "compute",
	MINIO_ENDPOINT: "store.test:9000",
	MINIO_ACCESS_KEY: "key",
	MINIO_SECRET_KEY: "secret",
};
const without = { cores: 4, gpus: [] };
const gpu = { name: "T4", driver: "1", computeCapability: "7.5", totalMiB: 1, usedMiB: 0, freeMiB: 1 };

const chosen = (environment: Record<string, string>, machine = { cores: 4, gpus: [gpu] }) =>
	chooseNames({ environment, mode: "gpu", machine }).names;

/** The programs that run where there is no GPU, or why none does. */
function bootOutcome(environment: Record<string, string>): string {
	try {
		return chosen(environment, without).join(" ");
	} catch (error) {
		return (error as Error).message;
	}
}

const model = (kind: Model["kind"], name: string): Model => ({
	kind,
	name,
	files: [{ path: `${kind}/${name}/model.bin`, bytes: 1, sha256: "0".repeat(64), source: "x" }],
});

describe("a flag", () => {
	it.each(WORDS)("%j is read as %s", (word, on) => expect(parseFlag(word)).toBe(on));

	it.each(NEITHER)("%j is neither", (word) => expect(parseFlag(word)).toBeUndefined());

	it("is read alike by the whisper process", async () => {
		const words = [...WORDS.map(([word]) => word), ...NEITHER];
		expect(await pretendedInPython(words)).toEqual([
			...WORDS.map(([, on]) => on),
			...NEITHER.map((word) => expect.stringMatching(new RegExp(`^wrong environment: GPU_PRETEND='${word}' `))),
		]);
	});
});

describe("the flags of the images", () => {
	it("are those whose default is one", () => {
		const flagged = (Object.keys(RUNTIME_ENV) as RuntimeName[]).filter((name) =>
			/^(0|1|true|false)$/.test((RUNTIME_ENV[name] as RuntimeVariable).default ?? ""),
		);
		// A number of days, and of a user.
		expect(flagged.filter((name) => !["YOUTUBE_MAX_AGE_DAYS", "DOWNLOAD_UID"].includes(name))).toEqual(FLAGS);
	});

	it.each(FLAGS)("%s is named by every program where it is neither on nor off", (name) => {
		const environment = { ...complete, [name]: "maybe" };
		const fault = new EnvironmentError(
			`wrong environment: ${name}="maybe" (expected 1, true, yes or on; 0, false, no or off)`,
		);
		expect(() => readFlag(environment, name)).toThrow(fault);
		expect(() => readApiSettings(environment)).toThrow(fault);
	});

	it.each(GIVEN)("LLAMA_DISABLE=%s decides alike what runs, what is fetched and what is asked: %s", (word, off) => {
		const environment = { ...complete, LLAMA_DISABLE: word };
		expect(chosen(environment).includes("llama")).toBe(!off);
		const fetched = chooseModels([model("whisper", "base"), model("llm", "small")], environment);
		expect(fetched.map(({ kind }) => kind)).toEqual(off ? ["whisper"] : ["whisper", "llm"]);
		expect(readSettings(environment).engines.llama === undefined).toBe(off);
		expect(readApiSettings(environment).engines?.llama === undefined).toBe(off);
	});

	it.each(GIVEN)(
		"GPU_PRETEND=%s decides alike what runs, what the worker checks and what the api tells: %s",
		(word, on) => {
			const environment = { ...complete, WORKER_GPU_OPTIONAL: "1", GPU_PRETEND: word };
			expect(chosen(environment, without).includes("worker-gpu")).toBe(on);
			expect(readSettings(environment).gpuPretend).toBe(on);
			expect(readApiSettings(environment).pretended).toBe(on);
		},
	);

	it.each(GIVEN)("WORKER_GPU_OPTIONAL=%s lets boot and worker go on without a GPU: %s", (word, on) => {
		const environment = { ...complete, WORKER_GPU_OPTIONAL: word };
		expect(bootOutcome(environment)).toMatch(on ? /^api watchdog$/ : /WORKER_GPU_OPTIONAL=1 lets the container run/);
		expect(readSettings(environment).gpuOptional).toBe(on);
	});

	it.each(GIVEN)("MINIO_SECURE=%s has every program speak HTTPS: %s", (word, on) => {
		const environment = { ...complete, MINIO_SECURE: word };
		const endpoint = `${on ? "https" : "http"}://store.test:9000`;
		expect([readSettings, readApiSettings].map((read) => read(environment).store.endpoint)).toEqual([
			endpoint,
			endpoint,
		]);
	});

	it.each(GIVEN)("SCHEDULER_ACTIVE_INSTANCE=%s caps worker and api alike: %s", (word, on) => {
		const threads = { WORKER_CPU_THREADS: "8", WORKER_GPU_THREADS: "8", SCHEDULER_ACTIVE_MAX_PARALLELISM: "3" };
		const environment = { ...complete, ...threads, SCHEDULER_ACTIVE_INSTANCE: word };
		const capacity = on ? 3 : 8;
		expect([readSettings, readApiSettings].map((read) => read(environment).capacity)).toEqual([capacity, capacity]);
	});

	it.each(GIVEN)("AUTO_REINDEX_ENABLED=%s has the control api index by itself: %s", (word, on) => {
		const environment = { ...complete, API_ROLE: "control", AUTO_REINDEX_ENABLED: word };
		expect(readApiSettings(environment).reindexEvery).toBe(on ? 45 : undefined);
	});

	it("that are empty have their default", () => {
		const empty = Object.fromEntries(FLAGS.map((name) => [name, ""]));
		expect(Object.fromEntries(FLAGS.map((name) => [name, readFlag(empty, name)]))).toEqual({
			TEMPORAL_TLS: false,
			WORKER_GPU_OPTIONAL: false,
			GPU_PRETEND: false,
			API_OPEN_ON_LOOPBACK: false,
			MINIO_PATH_STYLE: true,
			MINIO_SECURE: false,
			LLAMA_DISABLE: false,
			SCHEDULER_ACTIVE_INSTANCE: true,
			AUTO_REINDEX_ENABLED: false,
		});
	});
});

/** What images/whisper makes of each word as GPU_PRETEND: on, off, or its fault. */
async function pretendedInPython(words: readonly string[]): Promise<unknown> {
	const code = `
import json, sys
from settings import read_settings
def read(word):
    try:
        return read_settings({"GPU_PRETEND": word}).pretend
    except ValueError as fault:
        return str(fault)
print(json.dumps([read(word) for word in json.loads(sys.argv[1])]))`;
	const argv = ["-B", "-c", code, JSON.stringify(words)];
	const { stdout } = await promisify(execFile)("python3", argv, { cwd: WHISPER });
	return JSON.parse(stdout);
}
