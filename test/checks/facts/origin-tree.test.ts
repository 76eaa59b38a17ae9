import { expect, test } from "vitest";
import { loadChecks } from "../../../src/checks/registry.ts";
import { runStatic } from "../../../src/checks/run-static.ts";
import { corpus } from "../../support/triage-corpus.ts";
import { treeOf } from "../../support/tree.ts";

/** A control API, workers, a process manager, nginx, workflows, scripts and documents that agree with each other. */
const healthy = corpus().find(({ name }) => name === "facts/healthy-origin.txtar")!;
const files = Object.fromEntries(
	healthy.tree.files.map(({ path, text, executable }) => [executable ? `${path}*` : path, text]),
);
const checks = await loadChecks();
const signal = new AbortController().signal;

async function foundIn(changed: Record<string, string>): Promise<string[]> {
	const results = await runStatic(checks, treeOf({ ...files, ...changed }), { signal });
	return results.flatMap(({ check, outcome }) =>
		outcome.findings.map(
			({ evidence: [first] }) => `${check.id} ${"path" in first ? `${first.path}:${first.line}` : ""}`,
		),
	);
}

test("the tree has no contradiction", async () => {
	expect(await foundIn({})).toEqual([]);
});

test.for<[what: string, path: string, before: string, after: string, finding: string]>([
	[
		"the API listens elsewhere than nginx asks",
		"etc/supervisord.conf",
		"--port 8100",
		"--port 8000",
		"port-unserved etc/nginx.conf:4",
	],
	[
		"GPU work on the queue of CPU workers",
		"src/backend/queues.py",
		'{BASE}@gpu"',
		'{BASE}@cpu"',
		"queue-class src/backend/queues.py:5",
	],
	[
		"a queue of before the classes",
		"src/api/main.py",
		"task_queue=CPU_TASK_QUEUE",
		'task_queue="clips-queue"',
		"queue-suffix src/api/main.py:14",
	],
	[
		"another base in the process manager",
		"etc/supervisord_remote.conf",
		'BASE_TASK_QUEUE="clips"',
		'BASE_TASK_QUEUE="clips-ci"',
		"queue-base etc/supervisord_remote.conf:3",
	],
	[
		"a LAN address on the rented machine",
		"etc/supervisord_remote.conf",
		"control.acme.dev:7233",
		"192.168.1.20:7233",
		"lan-on-instance etc/supervisord_remote.conf:3",
	],
	[
		"an address of last month in one script",
		"scripts/start_worker.sh*",
		"control.acme.dev:7233",
		"old.acme.dev:7233",
		"endpoint-disagrees scripts/start_worker.sh:3",
	],
	["a misspelt secret", ".env.example", "MINIO_SECRET_KEY", "MINIO_SECERT_KEY", "env-misspelt .env.example:4"],
	[
		"the floating address of an instance",
		".env.example",
		"VAST_HOST=",
		"VAST_HOST=ssh4.vast.ai",
		"provider-endpoint .env.example:5",
	],
	[
		"a secret in the process manager",
		"etc/supervisord.conf",
		"%(ENV_MINIO_SECRET_KEY)s",
		"Zk3vR9pQ2mX7tB1nL5wY8cJ4",
		"secret-in-tree etc/supervisord.conf:5",
	],
	[
		"a script that the runbook calls by its old name",
		"docs/run.md",
		"scripts/start_worker.sh",
		"scripts/start_workers.sh",
		"path-gone docs/run.md:3",
	],
	[
		"an image in another registry",
		"Dockerfile",
		"ghcr.io/acme/clips-base",
		"docker.io/acme/clips-base",
		"image-disagrees Dockerfile:1",
	],
	[
		"a name that nobody sets",
		"src/backend/worker.py",
		'"MINIO_ENDPOINT"',
		'"STORE_PREFIX_DIR"',
		"env-unset src/backend/worker.py:6",
	],
	[
		"a port of before in the document",
		"docs/run.md",
		"localhost:8100",
		"localhost:8000",
		"port-documented docs/run.md:5",
	],
	[
		"a probe without TLS",
		"scripts/health.sh*",
		"https://127.0.0.1:8443",
		"http://127.0.0.1:8443",
		"port-scheme scripts/health.sh:2",
	],
	[
		"another Python in the image",
		"Dockerfile.base",
		"python:3.12",
		"python:3.11",
		"version-disagrees Dockerfile.base:1",
	],
])("%s is found", async ([, path, before, after, finding]) => {
	expect(files[path]).toContain(before);
	expect(await foundIn({ [path]: files[path]!.replace(before, () => after) })).toContain(finding);
});
