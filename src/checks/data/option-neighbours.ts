/**
 * One row a meaning: the options of programs that do the same work. A program has those of its own column, and no row
 * names all that it has: only an option of a neighbour's is told. Sources: `--help` of llama-server b4719, vLLM 0.6,
 * SGLang 0.4, text-generation-inference 3, uvicorn 0.34, gunicorn 23, hypercorn 0.17, MinIO 2024-10, Redis 7,
 * supervisord 4.2, Prometheus 2.55, Celery 5.4, pg_dump 16, mysqldump 8, docker 27, Temporal's CLI 1.1.
 */
const ROWS: readonly Readonly<Record<string, string>>[] = [
	{ "llama-server": "ctx-size", vllm: "max-model-len", sglang: "context-length", tgi: "max-total-tokens" },
	{
		"llama-server": "parallel np",
		vllm: "max-num-seqs",
		sglang: "max-running-requests",
		tgi: "max-concurrent-requests",
	},
	{ "llama-server": "alias", vllm: "served-model-name", sglang: "served-model-name" },
	{ "llama-server": "model hf-repo", vllm: "model", sglang: "model-path model", tgi: "model-id" },
	{
		"llama-server": "tensor-split split-mode",
		vllm: "tensor-parallel-size",
		sglang: "tp-size tensor-parallel-size tp",
		tgi: "num-shard",
	},
	{
		"llama-server": "n-gpu-layers gpu-layers ngl",
		vllm: "gpu-memory-utilization",
		sglang: "mem-fraction-static",
		tgi: "cuda-memory-fraction",
	},
	{ "llama-server": "threads-http", uvicorn: "limit-concurrency", gunicorn: "worker-connections" },
	{ uvicorn: "host port uds fd", gunicorn: "bind", hypercorn: "bind" },
	{ uvicorn: "timeout-keep-alive", gunicorn: "keep-alive", hypercorn: "keep-alive" },
	{ uvicorn: "timeout-graceful-shutdown", gunicorn: "graceful-timeout", hypercorn: "graceful-timeout" },
	{ uvicorn: "limit-max-requests", gunicorn: "max-requests", hypercorn: "max-requests" },
	{ uvicorn: "ssl-certfile", gunicorn: "certfile", hypercorn: "certfile" },
	{ uvicorn: "ssl-keyfile", gunicorn: "keyfile", hypercorn: "keyfile" },
	{ uvicorn: "app-dir", gunicorn: "chdir" },
];

/** What people write, and the option that the program has for it. */
const WRONG: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	"llama-server": {
		...{ "ctx-len": "ctx-size", "ctx-length": "ctx-size", "context-size": "ctx-size", "n-ctx": "ctx-size" },
		...{ "num-threads": "threads", "n-threads": "threads", "num-gpu-layers": "n-gpu-layers", "api-token": "api-key" },
	},
	uvicorn: { timeout: "timeout-keep-alive", threads: "workers", preload: "workers", "worker-class": "workers" },
	gunicorn: { "worker-count": "workers", "proxy-headers": "forwarded-allow-ips", "root-path": "config" },
	"minio server": { port: "address", host: "address", listen: "address", "console-port": "console-address" },
	"redis-server": { host: "bind", password: "requirepass", "max-memory": "maxmemory" },
	supervisord: { foreground: "nodaemon", "no-daemon": "nodaemon" },
	prometheus: {
		config: "config.file",
		"config-file": "config.file",
		port: "web.listen-address",
		"listen-address": "web.listen-address",
		"storage.path": "storage.tsdb.path",
		retention: "storage.tsdb.retention.time",
	},
	"celery worker": { queue: "queues", workers: "concurrency", "log-level": "loglevel", timeout: "time-limit" },
	pg_dump: { database: "dbname", databases: "dbname", output: "file", tables: "table", schemas: "schema" },
	pg_restore: { database: "dbname", output: "file", drop: "clean" },
	psql: { execute: "command", database: "dbname" },
	mysqldump: { username: "user", dbname: "databases" },
	"docker run": {
		...{ detached: "detach", remove: "rm", volumes: "volume", environment: "env", port: "publish", ports: "publish" },
		...{ gpu: "gpus", "memory-limit": "memory", "restart-policy": "restart" },
	},
	"docker compose up": { detached: "detach", background: "detach" },
	"temporal server start-dev": { host: "ip", "ui-host": "ui-ip", db: "db-filename" },
};

/** The options that a program does not have, with what it has for the same. */
const foreignOf = (program: string): ReadonlyMap<string, string> => {
	const rows = ROWS.filter((row) => row[program] !== undefined);
	const own = new Set(rows.flatMap((row) => row[program]!.split(" ")));
	return new Map([
		...rows.flatMap((row) =>
			Object.values(row)
				.flatMap((text) => text.split(" "))
				.filter((one) => !own.has(one) && one.length > 2)
				.map((one): [string, string] => [one, row[program]!.split(" ")[0]!]),
		),
		...Object.entries(WRONG[program] ?? {}),
	]);
};

/** Program → the options that people take from its neighbours → what it has for the same. */
export const BORROWED: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
	[...new Set([...ROWS.flatMap((row) => Object.keys(row)), ...Object.keys(WRONG)])].map((name) => [
		name,
		foreignOf(name),
	]),
);

/** What the rows name of a program's own options: not all that it has. */
export const NAMED: ReadonlyMap<string, ReadonlySet<string>> = new Map(
	[...BORROWED].map(([name, foreign]) => [
		name,
		new Set([...ROWS.flatMap((row) => row[name]?.split(" ") ?? []), ...foreign.values()]),
	]),
);

/** Images that start a program when they are given options alone. */
export const IMAGE_PROGRAMS: readonly (readonly [RegExp, string])[] = [
	[/\/llama\.cpp:(?:server|.*-server)/, "llama-server"],
	[/(?:^|\/)vllm-openai(?::|@|$)/, "vllm"],
	[/\/text-generation-inference(?::|@|$)/, "tgi"],
	[/(?:^|\/)prom(?:etheus)?\/prometheus(?::|@|$)/, "prometheus"],
];
