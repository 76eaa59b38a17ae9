import { taskQueue } from "../../src/contracts/queues.ts";
import { RUNTIME_ENV, type RuntimeName, type RuntimeVariable } from "../../src/contracts/runtime-env.ts";
import { USER_IDS } from "../../src/contracts/user-ids.ts";
import type { Environment } from "../runtime/variables.ts";
import type { Limits } from "./budgets.ts";
import type { Cgroups } from "./cgroup.ts";
import type { Machine } from "./machine.ts";
import { inMiB, MODELS_DONE, POLLS, SPAWNER_SOCKET, type ProgramName } from "./names.ts";
import { formatWatched } from "./watch.ts";

/** One program of supervisord. Times in seconds. */
export interface Program {
	name: ProgramName;
	command: readonly string[];
	/** Over what supervisord itself has; no secret, for it is written to a file. */
	environment: Readonly<Record<string, string>>;
	autorestart: "true" | "false" | "unexpected";
	/** A start counts when the program has lasted so long. */
	startSeconds: number;
	startRetries: number;
	/** From SIGTERM to SIGKILL. */
	stopSeconds: number;
	/** SIGTERM goes to its children too. */
	stopAsGroup: boolean;
	/** Those of one number start and stop together; the smallest start first, and the next stop when they have stopped. */
	priority: number;
	/** Where it listens, if it does. */
	port?: string;
	/** What the summary says of it. */
	note: string;
}

/** What decides which programs run and how. */
export interface Wanted {
	environment: Environment;
	mode: "cpu" | "gpu" | "both";
	/** Seconds that running activities get after SIGTERM. */
	graceSeconds: number;
	/** 8 hex digits, the same for both workers of the container. */
	containerId: string;
	machine: Pick<Machine, "cores" | "gpus">;
}

/** The keys of the store under all their names. */
export const STORE_KEYS = ["MINIO_ACCESS_KEY", "MINIO_SECRET_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
const VARIABLES: Readonly<Record<string, RuntimeVariable>> = RUNTIME_ENV;
/** Every secret under all its names: they reach programs through supervisord's environment and are in no file. */
export const SECRETS = [
	...new Set([...STORE_KEYS, ...Object.keys(VARIABLES).filter((name) => VARIABLES[name]!.secret)]),
];

/** What any program needs of the container's environment, as patterns of a shell. */
const COMMON = "PATH HOME LANG LC_* TZ TMPDIR LD_* SUPERVISOR_* NVIDIA_* CUDA_*";
/** Runs a program with those variables alone. */
const only = (patterns: string): string[] => ["sh", "/app/images/etc/with-variables", `${COMMON} ${patterns}`];
/** The models program checks the settings of a worker, and reads the store. */
const MODELS =
	"TEMPORAL_ADDRESS WORKER_INSTANCE_NAME MINIO_* S3_* STORE_* AWS_* MODELS* WHISPER_* LLM_* LLAMA_DISABLE NODE_* SSL_* *_PROXY *_proxy";
/** What the api reads: all settings of a worker but those of its jobs, and its own. */
const API =
	"TEMPORAL_* BASE_* WORKER_* MINIO_* AWS_* LLAMA_* WHISPER_* GPU_* SCHEDULER_* SEARCH_* YOUTUBE_* API_* ENABLED_* AUTO_* TRANSCRIPT* MALLOC_* NODE_* SSL_* *_PROXY *_proxy";
/** What both workers read; NODE_* and the proxy are those of their connections. */
const WORKER =
	"TEMPORAL_* BASE_* WORKER_* MINIO_* AWS_* LLAMA_URL LLAMA_DISABLE WHISPER_URL GPU_PRETEND SCHEDULER_* TRANSCRIPT_* MALLOC_* NODE_* SSL_* *_PROXY *_proxy";
/** What the cpu worker reads besides: of downloads, searches and the index. */
const CPU_WORKER = `${WORKER} SEARCH_* YOUTUBE_* YTDLP_* EGRESS_* JOB_* DOWNLOAD_UID REINDEX_* TEMP_*`;
/** Runs a program as a user of its own, who can read neither the environment nor the memory of the others. */
const asUser = (id: string): string[] => ["sh", "/app/images/etc/as-user", id];
/** Runs the models program as its own user, to whom its folders are given. */
const ownModels = ["sh", "/app/images/etc/own-models", USER_IDS.models];
/** Runs the cpu worker as its own user, and for it programs as that one: it could not start them itself. */
const spawnsAs = (id: string): string[] =>
	isNobody(id)
		? asUser(USER_IDS.worker)
		: ["python3", "-I", "-S", "/app/images/etc/spawner.py", SPAWNER_SOCKET, USER_IDS.worker, id];
const isNobody = (id: string): boolean => Number(id) === 0;
/**
 * Engines open what strangers made, so they get no secret, and a user who can read none; and where cores are few,
 * heartbeats come before their work.
 */
const engine = (patterns: string, environment: Environment): string[] => [
	...only(`OMP_* ${patterns}`),
	...asUser(setting(environment, "ENGINE_UID")),
	...["nice", "-n", "5"],
];
/** Workers: they are what a start is for, and what they need outlives them. */
export const FIRST = 100;
/** A worker that ignores the end of its grace is given so long for the rest. */
const AFTER_GRACE = 10;
const AFTER_WORKERS = ["sh", "/app/images/etc/after-workers"];
/** Starts with the workers, who get the cores first: a deploy waits for the polls, then for the api's answer. */
const BEHIND_WORKERS = ["nice", "-n", "5"];
const MAX_THREADS = 8;
const LLAMA_PORT = "8081";

/** How memory is limited: bytes of each program, and the cgroups that enforce it, where there are any. */
export interface Enforcement {
	limits: Limits;
	cgroups: Cgroups;
}

/** Everything supervisord is told of the chosen programs. */
export const describePrograms = (wanted: Wanted, names: readonly ProgramName[], enforcement: Enforcement): Program[] =>
	names.map((name) => {
		const program = { ...DEFAULTS, name, ...DESCRIBE[name](wanted, enforcement) };
		const cgroup = enforcement.cgroups.get(name);
		const enter = cgroup === undefined ? [] : ["sh", "/app/images/etc/in-cgroup", cgroup];
		return { ...program, command: [...enter, ...program.command] };
	});

type Description = Pick<Program, "command" | "environment" | "note"> & Partial<Program>;
type Describe = (wanted: Wanted, enforcement: Enforcement) => Description;

const DEFAULTS = {
	autorestart: "true",
	startSeconds: 5,
	startRetries: 20,
	stopSeconds: 10,
	stopAsGroup: false,
	priority: FIRST + 1,
} as const;

const DESCRIBE: Record<ProgramName, Describe> = {
	models: ({ environment }) => ({
		command: [...only(MODELS), ...ownModels, "nice", "-n", "10", "sh", "/app/images/etc/models"],
		environment: { ...shown(environment, /^(MINIO_|MODELS)/), NODE_OPTIONS: heap(256) },
		// It ends when the models are there, and tries again by itself.
		autorestart: "false",
		startSeconds: 0,
		stopAsGroup: true,
		note: `into ${modelsDirectory(environment)}`,
	}),
	llama,
	whisper: ({ environment, machine }) => ({
		command: [
			...engine("WHISPER_* MODELS_DIR GPU_* CT2_* PYTHON*", environment),
			"/opt/whisper/bin/python",
			"/app/images/whisper/server.py",
		],
		environment: {
			...shown(environment, /^(WHISPER_|MODELS_DIR$|GPU_)/),
			WHISPER_THREADS: threads(environment["WHISPER_THREADS"], machine.cores),
		},
		autorestart: "unexpected",
		port: "8082",
		note: `${threads(environment["WHISPER_THREADS"], machine.cores)} threads`,
	}),
	api: ({ environment }, { limits }) => {
		// An image is a compute node unless somebody says otherwise: the api itself has no default.
		const role = environment["API_ROLE"] || "compute";
		return {
			command: [...only(API), ...BEHIND_WORKERS, ...asUser(USER_IDS.api), "node", ...TIDY, "/app/images/api/main.js"],
			environment: {
				...FEW_ARENAS,
				...shown(environment),
				API_ROLE: role,
				NODE_OPTIONS: heapOf("api", limits, environment),
			},
			startRetries: 30,
			stopSeconds: 15,
			port: setting(environment, "API_PORT"),
			note: `API_ROLE=${role}`,
		};
	},
	"worker-cpu": (wanted, { limits }) => worker("cpu", wanted, limits),
	"worker-gpu": (wanted, { limits }) => ({ ...worker("gpu", wanted, limits), autorestart: "unexpected" }),
	watchdog: (_wanted, { limits, cgroups }) => ({
		command: [
			...[...only("NODE_*"), ...AFTER_WORKERS, ...asUser(`${USER_IDS.watchdog}+kill`)],
			...["node", ...SMALL, "/app/images/boot/watchdog.js"],
			...[...limits].map((one) => watchedOf(one, cgroups)),
		],
		environment: {},
		startSeconds: 1,
		note: "",
	}),
};

/** Young garbage is collected early instead of often being kept: a process that runs for weeks would look as if it leaked. In MiB. */
const TIDY = ["--max-semi-space-size=2"];
/** glibc otherwise keeps an arena for each of the many threads of Node and Temporal's core. */
const FEW_ARENAS = { MALLOC_ARENA_MAX: "2" };
/** For a Node program that does next to nothing. */
const SMALL = ["--max-old-space-size=32", "--max-semi-space-size=1", "--v8-pool-size=1"];

const watchedOf = ([name, limit]: [ProgramName, number], cgroups: Cgroups): string => {
	const cgroup = cgroups.get(name);
	return formatWatched({ name, limit, ...(cgroup === undefined ? {} : { cgroup }) });
};

function llama({ environment, machine }: Wanted): Description {
	const count = threads(environment["LLAMA_THREADS"], machine.cores);
	const context = setting(environment, "LLAMA_CTX_SIZE");
	const layers = setting(environment, "LLAMA_NGL");
	const parallel = environment["LLAMA_PARALLEL"];
	const options = [
		...["--host", "127.0.0.1", "--port", LLAMA_PORT],
		...["-ngl", layers],
		...["-b", "512"],
		...["-c", context],
		...["--threads", count],
		...(parallel ? ["--parallel", parallel] : []),
	];
	return {
		command: [...engine("LLAMA_* LLM_* MODELS_DIR GGML_*", environment), "sh", "/app/images/etc/llama", ...options],
		environment: shown(environment, /^(LLAMA_|LLM_|MODELS_DIR$)/),
		autorestart: "unexpected",
		port: LLAMA_PORT,
		note: `${count} threads, context ${context}, ${layers} layers to a GPU`,
	};
}

function worker(role: "cpu" | "gpu", wanted: Wanted, limits: Limits): Description {
	const { environment, graceSeconds, containerId } = wanted;
	const download = environment["DOWNLOAD_UID"] || USER_IDS.download;
	const count = setting(environment, role === "cpu" ? "WORKER_CPU_THREADS" : "WORKER_GPU_THREADS");
	const main = ["node", ...TIDY, "/app/images/worker/main.js", "--polls", POLLS[role]];
	return {
		command: role === "gpu" ? asGpuWorker(main, environment) : asCpuWorker(main, download),
		environment: {
			...FEW_ARENAS,
			...shown(environment),
			WORKER_MODE: role,
			...(role === "cpu" ? { DOWNLOAD_UID: download } : {}),
			WORKER_CONTAINER_ID: containerId,
			NODE_OPTIONS: heapOf(`worker-${role}`, limits, environment),
		},
		startSeconds: 3,
		stopSeconds: graceSeconds + AFTER_GRACE,
		priority: FIRST,
		note: `${taskQueue(setting(environment, "BASE_TASK_QUEUE"), role)}, ${count} activities at once`,
	};
}

const asGpuWorker = (main: readonly string[], environment: Environment): string[] => [
	...[...only(WORKER), ...asUser(USER_IDS.gpuWorker), ...main],
	...["--models", modelsDirectory(environment), "--models-done", MODELS_DONE],
];

const asCpuWorker = (main: readonly string[], download: string): string[] => [
	...[...only(CPU_WORKER), ...spawnsAs(download), ...main],
	...(isNobody(download) ? [] : ["--spawner", SPAWNER_SOCKET]),
];

/** What may be written to a file, so that a program is restarted when it changes: the settings that it reads, or all. */
const shown = (environment: Environment, names = /^/): Record<string, string> =>
	Object.fromEntries(
		Object.keys(RUNTIME_ENV)
			.filter((name) => names.test(name) && !SECRETS.includes(name) && environment[name] !== undefined)
			.map((name) => [name, environment[name]!]),
	);

/** What was given, else the default. */
function setting(environment: Environment, name: RuntimeName): string {
	return environment[name] || VARIABLES[name]!.default || "";
}

/** Where models lie: MODELS_DIR, or its default. */
export const modelsDirectory = (environment: Environment): string => setting(environment, "MODELS_DIR");

const threads = (given: string | undefined, cores: number): string => given || String(Math.min(MAX_THREADS, cores));

/**
 * V8's old generation gets a quarter of the limit: buffers, native memory and programs that a job starts need the rest,
 * and below 2 GiB V8 lets its heap grow in smaller steps.
 */
const heapOf = (name: ProgramName, limits: Limits, environment: Environment): string =>
	[heap(Math.floor(inMiB(limits.get(name)!) / 4)), environment["NODE_OPTIONS"]].filter(Boolean).join(" ");

const heap = (mebibytes: number): string => `--max-old-space-size=${mebibytes}`;
