import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { dockerAt } from "../../../rehearsal/docker-client.ts";
import { startSimulator, type Simulator } from "../../../rehearsal/vast/start.ts";
import { NO_DELAYS } from "../../../rehearsal/vast/timings.ts";
import { KEY, OTHER_KEY, call, generation, put, ssh, sshPort, until, type SshAnswer } from "./platform.ts";

const { registry, instance, gateway } = inject("perimeter");
const RUN = "backing-test";
const REPOSITORY = "cres/worker";
const pulled = (tag: string): string => `${gateway}:${registry.address.split(":")[1]}/${REPOSITORY}:${tag}`;
const login = `-u ${registry.username} -p ${registry.password} ${gateway}:${registry.address.split(":")[1]}`;
const ONSTART = [
	"touch /root/.no_auto_tmux",
	"chown -R 0:0 /root/.ssh && chmod 700 /root/.ssh",
	"pwd; echo started",
	`echo "cres-host-key r-1 $(ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub | cut -d ' ' -f 2)" > /proc/1/fd/1`,
].join("\n");

let sim: Simulator;
let tag: string;
const start = () =>
	startSimulator({
		backing: { kind: "docker", socketPath: instance.socket, run: RUN },
		...{ factor: 100, timings: NO_DELAYS, limits: false, accountKeys: [KEY.public] },
		accountSecrets: { ACCOUNT_SECRET: "s" },
	});
beforeAll(async () => {
	const tags = await tagsOf();
	tag = tags.find((one) => one.startsWith("b-")) ?? tags[0]!;
	sim = await start();
});
afterAll(() => sim.close());

const authorization = `Basic ${Buffer.from(`${registry.username}:${registry.password}`).toString("base64")}`;
const MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const fromRegistry = (path: string, options: { method?: string; body?: string } = {}, type?: string) =>
	fetch(`http://${registry.address}/v2/${REPOSITORY}/${path}`, {
		...options,
		headers: {
			authorization,
			accept: `${MANIFEST}, application/vnd.oci.image.manifest.v1+json`,
			...(type === undefined ? {} : { "content-type": type }),
		},
	});
const tagsOf = async () => ((await (await fromRegistry("tags/list")).json()) as { tags: string[] }).tags;

/** Points a tag at the image of another one, under a digest of its own when `note` differs. */
async function pushTag(name: string, note: string): Promise<void> {
	const manifest = await fromRegistry(`manifests/${tag}`);
	const type = manifest.headers.get("content-type") ?? MANIFEST;
	const body = JSON.stringify({ ...((await manifest.json()) as object), annotations: { note } });
	const answer = await fromRegistry(`manifests/${name}`, { method: "PUT", body }, type);
	expect(answer.status).toBe(201);
}

const seed = (more: object = {}) => sim.seed({ image: pulled(tag), login, onstart: ONSTART, ...more });

/** The sshd of a fresh container takes a moment. */
async function shell(id: number, command: string): Promise<SshAnswer> {
	let answer: SshAnswer | undefined;
	await until(async () => (answer = await ssh(sshPort(sim, id), command).catch(() => undefined)) !== undefined);
	return answer!;
}

async function logOf(id: number): Promise<string> {
	const { body } = await put(sim, "request_logs", id, { tail: "1000" });
	return (await fetch(body["result_url"] as string)).text();
}

async function recycled(id: number): Promise<void> {
	const { generations } = sim.contract(id)!;
	await put(sim, "recycle", id);
	await generation(sim, id, generations + 1);
}

const containers = async (): Promise<string[]> =>
	(
		await (await dockerAt(instance.socket)).listContainers({ all: true, filters: { label: [`fakevast.run=${RUN}`] } })
	).flatMap(({ Names }) => Names);

describe("a contract with a real container", () => {
	it("is pulled with the contract's login, and refused without", async () => {
		const id = await seed();
		expect(sim.contract(id)!.container!.image.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
		const elsewhere = pulled("not-pulled-yet");
		await expect(sim.seed({ image: elsewhere })).rejects.toThrow(/no basic auth credentials|unauthorized/);
		await expect(sim.seed({ image: elsewhere, login })).rejects.toThrow("manifest unknown");
		expect(await containers()).toEqual([`/fakevast-${RUN}-${id}-g1`]);
		await call(sim, "DELETE", `/api/v0/instances/${id}/`);
		expect(await containers()).toEqual([]);
	});

	it("runs the launcher in place of the image's program, with the platform's environment in process 1 only", async () => {
		const id = await seed({ env: { SETTING: "on", "-p 8080:8080": "1" } });
		const environment = (await shell(id, "tr '\\0' '\\n' < /proc/1/environ")).stdout.split("\n");
		const { ports, containerId } = sim.contract(id)!.container!;
		for (const line of [`CONTAINER_ID=${id}`, `VAST_CONTAINERLABEL=C.${id}`, "SETTING=on", "ACCOUNT_SECRET=s"])
			expect(environment).toContain(line);
		expect(environment).toContain(`VAST_TCP_PORT_8080=${ports["8080/tcp"]}`);
		expect((await shell(id, "env")).stdout).not.toContain("CONTAINER_ID");
		expect((await shell(id, "tr '\\0' ' ' < /proc/1/cmdline")).stdout).toMatch(/^\/bin\/sh -c /);
		expect((await shell(id, "hostname")).stdout.trim()).toBe(containerId.slice(0, 12));
	});

	it("runs the on-start at each start: its own log, and in the instance's log what it prints there", async () => {
		const id = await seed();
		await until(async () => (await logOf(id)).includes("cres-host-key"));
		const { stdout } = await shell(id, "cat /root/onstart.log");
		expect(stdout).toBe("/root\nstarted\n");
		const log = await logOf(id);
		const [, printed] = /cres-host-key r-1 (\S+)/.exec(log)!;
		expect(log).toContain(`host key ${printed} (ED25519)`);
		expect(log).not.toContain("started\n");
		await put(sim, "reboot", id);
		await until(() => sim.contract(id)!.actual === "running");
		await until(async () => (await shell(id, "cat /root/onstart.log")).stdout.split("started").length === 3);
		expect(new Set((await logOf(id)).match(/SHA256:\S+/g))).toContain(printed);
	});

	it("loses its disk and its host key in a recycle, and keeps its volume", async () => {
		const id = await seed({ volumeAt: "/data" });
		const before = structuredClone(sim.contract(id)!.container!);
		const first = await shell(id, "touch /root/mark /data/mark");
		await recycled(id);
		const second = await shell(id, "ls /root/mark /data/mark");
		expect(second.stdout).toBe("/data/mark\n");
		expect(second.hostKey.equals(first.hostKey)).toBe(false);
		expect(sim.contract(id)!.container!.ports).not.toEqual(before.ports);
		await expect(ssh(before.ports["22/tcp"]!, "true")).rejects.toThrow("ECONNREFUSED");
	});

	it("takes keys of the account through the proxy, attached ones only directly", async () => {
		const id = await seed();
		await shell(id, "true");
		await call(sim, "POST", `/api/v0/instances/${id}/ssh/`, { ssh_key: OTHER_KEY.public });
		await until(() => ssh(sshPort(sim, id), "true", OTHER_KEY.private).then(() => true, () => false)); // prettier-ignore
		const { port } = sim.contract(id)!.proxy;
		expect((await ssh(port, "true")).exitCode).toBe(0);
		await expect(ssh(port, "true", OTHER_KEY.private)).rejects.toThrow("authentication methods failed");
	});

	it("boots the stale image of a mutable tag where the machine holds one", async () => {
		await pushTag("mutable", "first");
		const id = await seed({ image: pulled("mutable"), machineId: 1 });
		const { digest } = sim.contract(id)!.container!.image;
		await pushTag("mutable", "second");
		await recycled(id);
		expect(sim.contract(id)!.container!.image.digest).toBe(digest);
		const other = await seed({ image: pulled("mutable"), machineId: 2 });
		expect(sim.contract(other)!.container!.image.digest).not.toBe(digest);
	});
});

describe("faults inside a container", () => {
	it("come from the launcher: wrong build, other host key, bad modes that on-start mends, noise", async () => {
		const id = await seed();
		for (const name of ["wrong-build", "wrong-host-key", "bad-modes", "tmux-noise", "crash-loop"] as const)
			sim.faults.set(name, { id });
		await recycled(id);
		const { stdout, hostKey } = await shell(id, "cat /app/build-info.json /app/images/worker/main.js");
		expect(stdout).toMatch(/^\{\s*"buildId": ?"0badc0de0bad".*process\.exit\(1\);\n$/s);
		expect(hostKey.length).toBeGreaterThan(0);
		expect((await shell(id, "head -1 /root/.bashrc")).stdout).toContain("open terminal failed");
	});

	it("refused and silent ports are really so", async () => {
		const id = await seed();
		sim.faults.set("ssh-refused", { id });
		await recycled(id);
		await expect(ssh(sshPort(sim, id), "true")).rejects.toThrow("ECONNREFUSED");
		sim.faults.set("ssh-timeout", { id });
		await recycled(id);
		await expect(ssh(sshPort(sim, id), "true")).rejects.toThrow("Timed out");
	});

	it("an sshd refuses modes that nobody mends", async () => {
		const id = await seed({ onstart: "true" });
		sim.faults.set("bad-modes", { id });
		await recycled(id);
		await until(async () => (await logOf(id)).includes("Server listening on 0.0.0.0 port 22"));
		await expect(ssh(sshPort(sim, id), "true")).rejects.toThrow("authentication methods failed");
		expect(await logOf(id)).toContain("Authentication refused: bad ownership or modes");
	});
});

describe("the end", () => {
	it("leaves nothing, neither of this run nor of one that crashed", async () => {
		await seed({ volumeAt: "/data" });
		const daemon = await dockerAt(instance.socket);
		const volumes = async () =>
			((await daemon.listVolumes({ filters: { label: [`fakevast.run=${RUN}`] } })).Volumes ?? []).length;
		expect(await volumes()).toBeGreaterThan(0);
		const next = await start(); // as after a crash: the first one was never closed
		expect([await containers(), await volumes()]).toEqual([[], 0]);
		await next.close();
	});
});
