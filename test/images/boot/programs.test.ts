import { describe, expect, it } from "vitest";
import { chooseNames } from "../../../images/boot/choose.ts";
import { limitsOf } from "../../../images/boot/budgets.ts";
import { programFile } from "../../../images/boot/program-file.ts";
import { describePrograms, type Program, type Wanted } from "../../../images/boot/programs.ts";
import { parseGpus } from "../../../images/runtime/nvidia-smi.ts";

const GPU = parseGpus("NVIDIA GeForce RTX 3060, 550.54.15, 8.6, 12288, 388, 11900")[0]!;
const wanted = (over: Partial<Wanted> = {}): Wanted => ({
	environment: { MINIO_SECRET_KEY: "sentinel", TEMPORAL_ADDRESS: "temporal.test:7233" },
	mode: "both",
	graceSeconds: 20,
	containerId: "89abcdef",
	machine: { cores: 10, gpus: [GPU] },
	...over,
});

function programs(over: Partial<Wanted> = {}, cgroups: Program["name"][] = []): Map<string, Program> {
	const all = wanted(over);
	const { names } = chooseNames(all);
	const enforcement = {
		limits: limitsOf(names, 32 * 1024 ** 3),
		cgroups: new Map(cgroups.map((name) => [name, `/sys/fs/cgroup/cres-${name}`])),
	};
	return new Map(describePrograms(all, names, enforcement).map((program) => [program.name, program]));
}

describe("chooseNames", () => {
	const chosen = (over: Partial<Wanted>) => {
		const { names, skipped } = chooseNames(wanted(over));
		return { names: names.join(" "), skipped: skipped.map(({ name, reason }) => `${name}: ${reason}`) };
	};

	it("runs no engine and no model for the cpu role", () => {
		expect(chosen({ mode: "cpu" })).toEqual({ names: "api worker-cpu watchdog", skipped: [] });
	});

	it("runs everything but the cpu worker for the gpu role", () => {
		expect(chosen({ mode: "gpu" }).names).toBe("models llama whisper api worker-gpu watchdog");
	});

	it("skips llama, visibly, when told to", () => {
		expect(chosen({ environment: { LLAMA_DISABLE: "1" } })).toEqual({
			names: "models whisper api worker-cpu worker-gpu watchdog",
			skipped: ["llama: LLAMA_DISABLE is set"],
		});
	});

	it("refuses a container that needs a GPU where none is seen, unless it is optional", () => {
		const machine = { cores: 2, gpus: [] };
		expect(() => chosen({ machine })).toThrow("nvidia-smi shows no GPU here");
		expect(chosen({ machine, environment: { WORKER_GPU_OPTIONAL: "1" } })).toEqual({
			names: "api worker-cpu watchdog",
			skipped: ["worker-gpu", "llama", "whisper", "models"].map(
				(name) => `${name}: no GPU, and WORKER_GPU_OPTIONAL is set`,
			),
		});
		expect(chosen({ machine, environment: { WORKER_GPU_OPTIONAL: "1", GPU_PRETEND: "1" } }).names).toContain("llama");
	});
});

describe("describePrograms", () => {
	it("starts llama with eight threads at most, and without the keys of the store", () => {
		expect(programs().get("llama")?.command.join(" ")).toBe(
			"sh /app/images/etc/with-variables PATH HOME LANG LC_* TZ TMPDIR LD_* SUPERVISOR_* NVIDIA_* CUDA_* " +
				"OMP_* LLAMA_* LLM_* MODELS_DIR GGML_* sh /app/images/etc/as-user 59002 nice -n 5 sh /app/images/etc/llama " +
				"--host 127.0.0.1 --port 8081 -ngl 999 -b 512 -c 4096 --threads 8",
		);
	});

	it("restarts an engine for its own settings only", () => {
		const environment = { LLAMA_NGL: "20", WHISPER_DEVICE: "cpu", BASE_TASK_QUEUE: "other", MODELS_DIR: "/models" };
		const found = programs({ environment });
		expect(["llama", "whisper", "api"].map((name) => Object.keys(found.get(name)!.environment).join(" "))).toEqual([
			"LLAMA_NGL MODELS_DIR",
			"WHISPER_DEVICE MODELS_DIR WHISPER_THREADS",
			"MALLOC_ARENA_MAX BASE_TASK_QUEUE LLAMA_NGL WHISPER_DEVICE MODELS_DIR API_ROLE NODE_OPTIONS",
		]);
	});

	it("takes what the environment says of llama", () => {
		const environment = { LLAMA_THREADS: "3", LLAMA_CTX_SIZE: "8192", LLAMA_NGL: "20", LLAMA_PARALLEL: "2" };
		expect(programs({ environment }).get("llama")?.command.slice(-10).join(" ")).toBe(
			"-ngl 20 -b 512 -c 8192 --threads 3 --parallel 2",
		);
	});

	it("A8: runs each program as a user of its own, engines as the one that ENGINE_UID names", () => {
		const users = (over: Partial<Wanted> = {}) =>
			[...programs(over)].map(([name, { command }]) => {
				const at = command.findIndex((word) => /\/(as-user|own-models|spawner\.py)$/.test(word));
				const own = command.slice(at + 1).find((word) => /^\d+(\+kill)?$/.test(word));
				return [name, at < 0 ? "0" : own?.replace("+kill", "")];
			});
		const engines = { llama: "59002", whisper: "59002" };
		const others = { api: "59003", models: "59005", "worker-cpu": "59004", "worker-gpu": "59007", watchdog: "59006" };
		expect(Object.fromEntries(users())).toEqual({ ...engines, ...others });
		expect(Object.fromEntries(users({ environment: { ENGINE_UID: "0" } }))).toMatchObject({ llama: "0", whisper: "0" });
	});

	it("A8: has the cpu worker's programs started for it as another user, unless that is nobody", () => {
		const command = (environment: Record<string, string>) =>
			programs({ environment })
				.get("worker-cpu")!
				.command.filter((word) => !word.includes("_*"))
				.join(" ");
		expect(command({})).toBe(
			"sh /app/images/etc/with-variables python3 -I -S /app/images/etc/spawner.py /run/cres/spawner.sock 59004 59001 " +
				"node --max-semi-space-size=2 /app/images/worker/main.js --polls /run/cres/own/59004/polls " +
				"--spawner /run/cres/spawner.sock",
		);
		expect(command({ DOWNLOAD_UID: "5" })).toContain("spawner.sock 59004 5 node");
		expect(command({ DOWNLOAD_UID: "0" })).toBe(
			"sh /app/images/etc/with-variables sh /app/images/etc/as-user 59004 " +
				"node --max-semi-space-size=2 /app/images/worker/main.js --polls /run/cres/own/59004/polls",
		);
	});

	it("gives each worker one role, the container's id and a heap below its limit", () => {
		const { command, environment, stopSeconds } = programs().get("worker-gpu")!;
		expect({ command: command.slice(6), environment, stopSeconds }).toEqual({
			command: [
				"node",
				"--max-semi-space-size=2",
				"/app/images/worker/main.js",
				"--polls",
				"/run/cres/own/59007/polls",
				...["--models", "/workspace/packages/models"],
				...["--models-done", "/run/cres/own/59005/models.done"],
			],
			environment: {
				MALLOC_ARENA_MAX: "2",
				TEMPORAL_ADDRESS: "temporal.test:7233",
				WORKER_MODE: "gpu",
				WORKER_CONTAINER_ID: "89abcdef",
				NODE_OPTIONS: "--max-old-space-size=1024",
			},
			stopSeconds: 30,
		});
	});

	it("starts and stops workers first, all that they need together after them", () => {
		const rows = Map.groupBy(programs().values(), ({ priority }) => priority);
		const names = [...rows].toSorted(([a], [b]) => a - b).map(([, row]) => row.map(({ name }) => name).join(" "));
		expect(names).toEqual(["worker-cpu worker-gpu", "models llama whisper api watchdog"]);
	});

	it("puts a program into its cgroup, and tells the watchdog", () => {
		const found = programs({ mode: "cpu" }, ["api"]);
		const command = found
			.get("api")!
			.command.filter((word) => !word.includes("_*"))
			.join(" ");
		expect(command).toBe(
			"sh /app/images/etc/in-cgroup /sys/fs/cgroup/cres-api sh /app/images/etc/with-variables nice -n 5 sh /app/images/etc/as-user 59003 node --max-semi-space-size=2 /app/images/api/main.js",
		);
		expect(found.get("watchdog")?.command.slice(13)).toEqual([
			"api=1073741824@/sys/fs/cgroup/cres-api",
			"worker-cpu=4294967296",
		]);
	});
});

describe("programFile", () => {
	it("holds exactly the programs, both workers in one group, and no secret", () => {
		const text = programFile([...programs().values()], "files");
		expect(text.match(/^\[.*\]$/gm)).toEqual([
			"[program:models]",
			"[program:llama]",
			"[program:whisper]",
			"[program:api]",
			"[program:worker-cpu]",
			"[program:worker-gpu]",
			"[program:watchdog]",
			"[group:workers]",
		]);
		expect(text).not.toContain("sentinel");
	});

	it("writes one program as supervisord reads it", () => {
		const [watchdog] = [...programs({ mode: "cpu" }).values()].filter(({ name }) => name === "watchdog");
		expect(programFile([watchdog!], "container")).toBe(
			`[program:watchdog]
command=sh /app/images/etc/with-variables "PATH HOME LANG LC_* TZ TMPDIR LD_* SUPERVISOR_* NVIDIA_* CUDA_* NODE_*" sh /app/images/etc/after-workers sh /app/images/etc/as-user 59006+kill node --max-old-space-size=32 --max-semi-space-size=1 --v8-pool-size=1 /app/images/boot/watchdog.js api=1073741824 worker-cpu=4294967296
environment=
priority=101
autorestart=true
startsecs=1
startretries=20
stopwaitsecs=10
stopasgroup=false
killasgroup=true
redirect_stderr=true
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
`,
		);
	});

	it("quotes what supervisord would read otherwise, and leaves out what it cannot read", () => {
		const environment = { A: '50% "off" \\', B: "two ; words", C: "two\nlines", D: "" };
		const [program] = programs({ mode: "cpu" }).values();
		const text = programFile([{ ...program!, environment, command: ["sh", "-c", "echo 100%"] }], "files");
		expect(text).toContain(String.raw`environment=A="50%% \"off\" \\",D=""`);
		expect(text).toContain('command=sh -c "echo 100%%"');
	});
});
