import { mkdtemp, realpath, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import type { CheckReport } from "../../src/checks/doctor/run.ts";
import { runCres } from "../support/run-cres.ts";

let directory: string;
let closed: number;
let silent: number;

/** A server that takes connections and says nothing. */
async function listen(): Promise<{ server: Server; port: number }> {
	const server = createServer().listen(0, "127.0.0.1").unref();
	await once(server, "listening");
	return { server, port: (server.address() as AddressInfo).port };
}

beforeAll(async () => {
	directory = await realpath(await mkdtemp(join(tmpdir(), "cres-doctor-")));
	const gone = await listen();
	closed = gone.port;
	await promisify(gone.server.close.bind(gone.server))();
	silent = (await listen()).port;
	await writeFile(
		join(directory, "cres.yaml"),
		`project: video
image: { repository: owner/worker }
registry: { push: { address: "127.0.0.1:${silent}", tls: false } }
temporal: { address: "127.0.0.1:${closed}" }
store: { endpoint: "127.0.0.1:${closed}" }
instances:
  cpu-1: { driver: docker, host: 127.0.0.1, port: ${closed}, key: ./no-key, roles: [cpu] }
`,
	);
	const values = {
		REGISTRY_USERNAME: "ops",
		REGISTRY_PASSWORD: "sentinel-1",
		MINIO_ACCESS_KEY: "sentinel-2",
		MINIO_SECRET_KEY: "sentinel-3",
	};
	const lines = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
	await writeFile(join(directory, ".env"), lines.join(""), { mode: 0o600 });
});

const doctor = (...args: string[]) => runCres(directory, "doctor", ...args);

it("says for each thing that does not answer what to type, within the time for a check", async () => {
	const started = performance.now();
	const { code, stdout, stderr } = await doctor("--json");
	expect(performance.now() - started).toBeLessThan(10_000);
	expect(code).toBe(3);
	expect(stdout + stderr).not.toContain("sentinel");
	const { checks } = JSON.parse(stdout) as CheckReport;
	const ports = { [closed]: "CLOSED", [silent]: "SILENT" };
	const plain = (text: string) => Object.entries(ports).reduce((out, [port, name]) => out.replaceAll(port, name), text);
	const failures = checks.flatMap((one) =>
		one.status === "fail" && !/docker/i.test(one.check)
			? [`${plain(one.check)}: ${plain(one.observed)} → ${plain(one.fix)}`]
			: [],
	);
	expect(failures).toMatchInlineSnapshot(`
		[
		  "port CLOSED: nothing listens on 127.0.0.1:CLOSED (temporal.address): ECONNREFUSED → start what should listen there, or correct temporal.address in cres.yaml",
		  "registry (push): the registry 127.0.0.1:SILENT cannot be reached: no answer in 3 s → check registry.push (address, tls, ca) in cres.yaml, then cres doctor",
		  "temporal: Temporal at 127.0.0.1:CLOSED does not answer (connect ECONNREFUSED 127.0.0.1:CLOSED) → check temporal.address in cres.yaml and that the server runs, then cres doctor",
		  "store: the object store at 127.0.0.1:CLOSED does not answer (connect ECONNREFUSED 127.0.0.1:CLOSED) → check store.endpoint in cres.yaml and that the store runs, then cres doctor",
		  "ssh key of cpu-1: ./no-key cannot be read (ENOENT) → set instances.cpu-1.key in cres.yaml to your private key file, or make one: ssh-keygen -t ed25519 -f ./no-key",
		  "host key of cpu-1: no host key is pinned → cres instance adopt cpu-1",
		  "instance cpu-1: no host key is pinned for cpu-1 → cres instance adopt cpu-1",
		]
	`);
});

it("prints one line a check and the counts", async () => {
	const { code, stdout, stderr } = await doctor();
	expect(code).toBe(3);
	expect(stdout).toMatch(/^✔ ok +node +Node 24\./);
	expect(stdout).toContain("✖ fail  temporal");
	expect(stdout).toMatch(/\d+ checks: \d+ failed, \d with a warning\n$/);
	expect(stdout + stderr).not.toContain("sentinel");
});
