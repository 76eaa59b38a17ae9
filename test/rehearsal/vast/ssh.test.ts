import { createHash } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import type { Simulator } from "../../../rehearsal/vast/start.ts";
import { KEY, ONSTART, OTHER_KEY, V1, call, generation, put, simulate, ssh, sshPort, until } from "./platform.ts";

let sim: Simulator;
afterEach(() => sim.close());

const started = async (onstart = ONSTART): Promise<number> => {
	sim = await simulate();
	return sim.seed({ image: V1, onstart, env: { WORKER_INSTANCE_NAME: "cpu-1", SETTING: "on" } });
};
const recycled = async (id: number): Promise<void> => {
	const { generations } = sim.contract(id)!;
	await put(sim, "recycle", id);
	await generation(sim, id, generations + 1);
};
const probe = (port: number, key?: string) => ssh(port, "sh -c 'echo cres-probe-begin; …; echo cres-probe-end'", key);
const fingerprintOf = (key: Buffer): string =>
	`SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;

async function logOf(id: number, query: object = { tail: "100" }): Promise<string> {
	const { body } = await put(sim, "request_logs", id, query);
	const url = body["result_url"] as string;
	await until(async () => (await fetch(url)).status === 200);
	return (await fetch(url)).text();
}

describe("the sshd of a contract", () => {
	it("answers the probe from what is known of the container, after the platform's banner", async () => {
		const id = await started();
		const { containerId, hostKey } = sim.contract(id)!.container!;
		const found = await probe(sshPort(sim, id));
		expect(found).toMatchObject({ exitCode: 0, banner: expect.stringMatching(/^Welcome to vast\.ai\./) as string });
		expect(found.stdout.split("\n")).toEqual([
			"cres-probe-begin",
			`container_id=${id}`,
			expect.stringMatching(/^rollout=/) as string,
			`worker_container=${containerId.slice(0, 8)}`,
			expect.stringMatching(/^build_info=\{"buildId":"111111111111",/) as string,
			"worker=RUNNING",
			expect.stringMatching(/^worker_pid=\d+$/) as string,
			"cres-probe-end",
			"",
		]);
		expect(fingerprintOf(found.hostKey)).toBe(hostKey);
	});

	it("lets root in with a key of the account, nobody else", async () => {
		const id = await started();
		await expect(probe(sshPort(sim, id), OTHER_KEY.private)).rejects.toThrow("authentication methods failed");
	});

	it("takes a key that is attached at once; the proxy does not", async () => {
		const id = await started();
		const path = `/api/v0/instances/${id}/ssh/`;
		expect((await call(sim, "POST", path, { ssh_key: OTHER_KEY.public })).body["msg"]).toBe("ssh key attached");
		expect((await call(sim, "POST", path, { ssh_key: OTHER_KEY.public })).body["msg"]).toContain("already associated");
		expect((await probe(sshPort(sim, id), OTHER_KEY.private)).exitCode).toBe(0);
		await expect(probe(sim.contract(id)!.proxy.port, OTHER_KEY.private)).rejects.toThrow("authentication");
		expect((await probe(sim.contract(id)!.proxy.port, KEY.private)).exitCode).toBe(0);
		const { body } = await call(sim, "GET", path);
		const keys = body["ssh_keys"] as { id: number; public_key: string }[];
		expect(keys.map(({ public_key }) => public_key)).toEqual([KEY.public, OTHER_KEY.public]);
		expect((await call(sim, "DELETE", `${path}${keys[1]!.id}/`)).status).toBe(200);
		expect((await call(sim, "DELETE", `${path}${keys[1]!.id}/`)).status).toBe(404);
	});

	it("stops and starts the worker", async () => {
		const id = await started();
		const port = sshPort(sim, id);
		expect((await ssh(port, "supervisorctl -c /etc/supervisord.conf stop worker")).stdout).toBe("worker: stopped\n");
		expect((await probe(port)).stdout).toContain("worker=STOPPED\nworker_pid=\n");
		expect(sim.pollers()).toEqual([]);
		expect((await ssh(port, "supervisorctl -c /etc/supervisord.conf start worker")).exitCode).toBe(0);
		expect(sim.pollers()).toMatchObject([{ instance: "cpu-1" }]);
	});

	it("shows the environment of process 1, and knows no shell", async () => {
		const id = await started();
		const { stdout } = await ssh(sshPort(sim, id), "tr '\\0' '\\n' < /proc/1/environ");
		expect(stdout.split("\n")).toEqual(
			expect.arrayContaining(["SETTING=on", `CONTAINER_ID=${id}`, `VAST_CONTAINERLABEL=C.${id}`, "GPU_COUNT=1"]),
		);
		expect(stdout).toContain(`VAST_TCP_PORT_22=${sshPort(sim, id)}`);
		expect((await ssh(sshPort(sim, id), "nvidia-smi")).exitCode).toBe(127);
	});

	it("has no worker where the on-start starts none", async () => {
		const id = await started("sleep 1");
		expect((await probe(sshPort(sim, id))).stdout).toContain("worker=none");
	});
});

describe("the log", () => {
	it("names the host key of this generation twice: sshd's line and the on-start's", async () => {
		const id = await started();
		await recycled(id);
		const { hostKey } = sim.contract(id)!.container!;
		expect(await logOf(id)).toBe(`host key ${hostKey} (ED25519)\ncres-host-key r-1 ${hostKey}\n`);
		expect(await logOf(id, { tail: "100", filter: "cres-host-key" })).toBe(`cres-host-key r-1 ${hostKey}\n`);
		expect(await logOf(id, { tail: "1", filter: "host key SHA" })).toBe("");
		expect(await logOf(id, { daemon_logs: "true" })).toContain("success, running");
	});

	it("is not there at once, and takes no key", async () => {
		const id = await started();
		for (const name of ["log-late", "log-never"] as const) {
			sim.faults.set(name);
			const { body } = await put(sim, "request_logs", id, { tail: "10" });
			expect((await fetch(body["result_url"] as string)).status).toBe(404);
			if (name === "log-late") await until(async () => (await fetch(body["result_url"] as string)).status === 200);
			const headers = { authorization: `Bearer ${sim.apiKey}` };
			expect((await fetch(body["result_url"] as string, { headers })).status).toBe(400);
		}
	});
});

describe("ssh gone wrong", () => {
	const rolledWith = async (name: Parameters<Simulator["faults"]["set"]>[0], onstart?: string): Promise<number> => {
		const id = await started(onstart);
		sim.faults.set(name);
		await recycled(id);
		return id;
	};

	it("ssh-refused: nobody listens", async () => {
		const id = await rolledWith("ssh-refused");
		await expect(probe(sshPort(sim, id))).rejects.toThrow("ECONNREFUSED");
		await recycled(id);
		expect((await probe(sshPort(sim, id))).exitCode).toBe(0);
	});

	it("ssh-timeout: somebody listens and says nothing", async () => {
		const id = await rolledWith("ssh-timeout");
		await expect(probe(sshPort(sim, id))).rejects.toThrow("Timed out");
	});

	it("wrong-host-key: the log names another key than the sshd shows", async () => {
		const id = await rolledWith("wrong-host-key");
		const shown = fingerprintOf((await probe(sshPort(sim, id))).hostKey);
		expect(await logOf(id)).not.toContain(shown);
	});

	it("other-tenant: a stranger answers at the old port, with our key and another number", async () => {
		const id = await started();
		const old = sshPort(sim, id);
		sim.faults.set("other-tenant");
		await recycled(id);
		const { stdout } = await probe(old);
		expect(stdout).toContain(`container_id=${id + 1}\n`);
		expect(sim.tenants()).toMatchObject([
			{ port: old, commands: [expect.stringContaining("cres-probe-begin") as string] },
		]);
		expect((await probe(sshPort(sim, id))).stdout).toContain(`container_id=${id}\n`);
	});

	it("bad-modes: no key is taken until the on-start mends them", async () => {
		const id = await rolledWith("bad-modes", "supervisord");
		await expect(probe(sshPort(sim, id))).rejects.toThrow("authentication methods failed");
		expect(await logOf(id)).toContain("Authentication refused: bad ownership or modes");
		await put(sim, "update_template", id, { id, image: V1, onstart: ONSTART });
		sim.faults.set("bad-modes");
		await recycled(id);
		expect((await probe(sshPort(sim, id))).exitCode).toBe(0);
	});

	it("tmux-noise: complaints come before the answer unless ~/.no_auto_tmux is there", async () => {
		const id = await rolledWith("tmux-noise", "supervisord");
		expect((await probe(sshPort(sim, id))).stdout).toMatch(
			/^open terminal failed: not a terminal\n.*\ncres-probe-begin/,
		);
		await put(sim, "update_template", id, { id, image: V1, onstart: ONSTART });
		sim.faults.set("tmux-noise");
		await recycled(id);
		expect((await probe(sshPort(sim, id))).stdout).toMatch(/^cres-probe-begin/);
	});

	it("proxy-stale: the proxy leads nowhere for a while, then to the new container", async () => {
		const id = await rolledWith("proxy-stale");
		const { port } = sim.contract(id)!.proxy;
		await expect(probe(port)).rejects.toThrow(/ECONNRESET|lost|closed/);
		await until(() =>
			probe(port).then(
				({ stdout }) => stdout.includes(`container_id=${id}`),
				() => false,
			),
		);
	});
});
