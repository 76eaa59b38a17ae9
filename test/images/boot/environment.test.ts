import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { limitsOf } from "../../../images/boot/budgets.ts";
import { PROGRAM_NAMES, type ProgramName } from "../../../images/boot/names.ts";
import { programFile } from "../../../images/boot/program-file.ts";
import { describePrograms, SECRETS, type Wanted } from "../../../images/boot/programs.ts";
import { SETTINGS_SHAPE } from "../../../images/runtime/settings.ts";
import { SHAPE } from "../../../images/api/settings.ts";
import { parseEnvironment } from "../../../images/runtime/process-environment.ts";
import { RUNTIME_ENV } from "../../../src/contracts/runtime-env.ts";

const ETC = join(import.meta.dirname, "../../../images/etc");
/** Settings of jobs and engines, which the api checks and does not use. */
const UNUSED = /^(REINDEX_|EGRESS_|JOB_|DOWNLOAD_|ENGINE_|TEMP_|YTDLP_)/;
/** Everything that a container may have been given, and what its owner added. */
const CONTAINER = Object.fromEntries(
	[...Object.keys(RUNTIME_ENV), ...SECRETS, "VAST_CONTAINERLABEL", "MY_TOKEN", "HTTPS_PROXY"].map((name) => [
		name,
		`value of ${name}\nTEMPORAL_FAKE=1`,
	]),
);
const wanted: Wanted = {
	environment: CONTAINER,
	mode: "both",
	graceSeconds: 20,
	containerId: "89abcdef",
	machine: { cores: 2, gpus: [] },
};
const described = describePrograms(wanted, PROGRAM_NAMES, {
	limits: limitsOf(PROGRAM_NAMES, 32 * 1024 ** 3),
	cgroups: new Map(),
});

/** The names that a program of a container sees in its own /proc/self/environ. */
async function seen(name: ProgramName): Promise<string[]> {
	const { command } = described.find((one) => one.name === name)!;
	const at = command.findIndex((word) => word.endsWith("/with-variables"));
	const wrapper = at < 0 ? [] : ["sh", join(ETC, "with-variables"), command[at + 1]!];
	const [file, ...args] = [...wrapper, "cat", "/proc/self/environ"];
	const env = { ...CONTAINER, PATH: process.env["PATH"]!, SUPERVISOR_PROCESS_NAME: name };
	const { stdout } = await promisify(execFile)(file!, args, { env });
	return Object.keys(parseEnvironment(stdout));
}

describe("A8: the environment of a program in the container", () => {
	it.each(["llama", "whisper", "watchdog"] as const)("has no secret and nothing unknown: %s", async (name) => {
		const names = await seen(name);
		expect(names.filter((one) => SECRETS.includes(one))).toEqual([]);
		expect(names.filter((one) => /TEMPORAL|MINIO|AWS|API_|VAST|MY_|REINDEX/.test(one))).toEqual([]);
		expect(names).toEqual(expect.arrayContaining(["PATH", "SUPERVISOR_PROCESS_NAME"]));
	});

	it("has the settings of its engine", async () => {
		expect(await seen("llama")).toEqual(expect.arrayContaining(["LLAMA_CTX_SIZE", "LLM_MODEL_PATH", "MODELS_DIR"]));
		expect(await seen("whisper")).toEqual(expect.arrayContaining(["WHISPER_MODEL_PATH", "MODELS_DIR", "GPU_PRETEND"]));
	});

	it("has the store's keys and no other secret: models", async () => {
		const names = await seen("models");
		expect(names.filter((one) => SECRETS.includes(one)).toSorted()).toEqual([
			"AWS_ACCESS_KEY_ID",
			"AWS_SECRET_ACCESS_KEY",
			"MINIO_ACCESS_KEY",
			"MINIO_SECRET_KEY",
		]);
		expect(names).toEqual(expect.arrayContaining(["TEMPORAL_ADDRESS", "WORKER_INSTANCE_NAME", "HTTPS_PROXY"]));
	});

	it("has what it answers with, and no secret of others: api", async () => {
		const names = await seen("api");
		const used = [
			"TEMPORAL_API_KEY",
			"TEMPORAL_TLS_KEY",
			"MINIO_SECRET_KEY",
			"MINIO_TLS_CA",
			"API_TOKENS",
			"HTTPS_PROXY",
		];
		expect(names).toEqual(expect.arrayContaining(used));
		expect(names.filter((one) => /REINDEX_TOKEN|MY_|VAST|YTDLP/.test(one))).toEqual([]);
		const read = Object.keys(SHAPE).filter((name) => !UNUSED.test(name));
		expect(read.filter((name) => !names.includes(name))).toEqual([]);
	});

	it.each(["worker-cpu", "worker-gpu"] as const)("has what it reads, and no secret of others: %s", async (name) => {
		const names = await seen(name);
		const secrets = ["MINIO_SECRET_KEY", "TEMPORAL_API_KEY", "TEMPORAL_TLS_KEY", "TEMPORAL_CODEC_KEYS"];
		expect(names).toEqual(expect.arrayContaining([...secrets, "HTTPS_PROXY", "SUPERVISOR_PROCESS_NAME"]));
		expect(names.filter((one) => /^API_|MY_|VAST|MODELS_/.test(one))).toEqual([]);
		expect(names.includes("REINDEX_TOKEN")).toBe(name === "worker-cpu");
		const unused = name === "worker-cpu" ? /^ENGINE_/ : /^(ENGINE_|SEARCH_|YOUTUBE_)/;
		const read = Object.keys(SETTINGS_SHAPE).filter(
			(one) => !unused.test(one) && (name === "worker-cpu" || !UNUSED.test(one)),
		);
		expect(read.filter((one) => !names.includes(one))).toEqual([]);
	});

	it("is in no file as far as it is secret", () => {
		const text = programFile(
			describePrograms(
				{ ...wanted, environment: Object.fromEntries(SECRETS.map((name) => [name, "sentinel"])) },
				PROGRAM_NAMES,
				{ limits: limitsOf(PROGRAM_NAMES, 32 * 1024 ** 3), cgroups: new Map() },
			),
			"files",
		);
		expect(text).not.toContain("sentinel");
	});
});

it("F76: a value reaches the program byte for byte, whatever is in it", async () => {
	const value = "50%;a,\"b\" 'c' $HOME `d` \\n \t#e";
	const env = { PATH: process.env["PATH"]!, MODEL_ARGS: value, LLAMA_ARGS: value };
	const { stdout } = await promisify(execFile)(
		"sh",
		[join(ETC, "with-variables"), "PATH LLAMA_*", "sh", "-c", 'printf %s "$LLAMA_ARGS"; printf %s "$MODEL_ARGS"'],
		{ env },
	);
	expect(stdout).toBe(value);
});
