import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DiscoveryRow } from "../../src/endpoint/discover.ts";
import type { Rotation } from "../../src/endpoint/rotate.ts";
import type { SshCommand } from "../../src/endpoint/ssh-command.ts";
import { recordEndpoint, recordedEndpoint } from "../../src/state/endpoints.ts";
import { FACTOR, earlier, makePlace, openAccount, platformPort, record, type Account, type Place } from "./place.ts";
import { BIN } from "../support/built.ts";
import { freePort } from "../support/free-ports.ts";

let account: Account;
let place: Place;
beforeAll(async () => {
	account = await openAccount("gpu-1", "gpu-2");
	const { url, apiKey } = account.simulator;
	const env = `VAST_URL=${url}\nVAST_API_KEY=${apiKey}\nCRES_VAST_TIME_FACTOR=${FACTOR}\nVAST_HOST=\nVAST_PORT=\n`;
	place = await makePlace(account, { ".env": env, "a.md": "ssh -p 11319 root@ssh5.vast.ai\n" });
	await record(place, "gpu-1", earlier(account, "gpu-1", "ssh5.vast.ai", 11_319));
}, 30_000);
afterAll(() => account.close());

interface Ran {
	code: number;
	stdout: string;
	stderr: string;
}

/** The built cres; programs in the project's bin/ come first. */
const cres = (...args: string[]): Promise<Ran> =>
	new Promise((resolve) => {
		const { PATH, HOME } = process.env;
		const options = { cwd: place.root, env: { PATH: `${join(place.root, "bin")}:${PATH}`, HOME } };
		execFile(process.execPath, [BIN, ...args], options, (error, stdout, stderr) =>
			resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
		);
	});
const plain = (text: string) =>
	["gpu-1", "gpu-2"]
		.reduce((out, name) => out.replaceAll(String(platformPort(account, name)), `PORT-${name}`), text)
		.replaceAll(new RegExp(Object.values(account.ids).join("|"), "g"), "CONTRACT")
		.replaceAll(/SHA256:(?!A{43})[\w+/]{43}/g, "KEY");

describe("the commands, in the order of a rotation", () => {
	it("cres endpoint show says what is on record, and asks nobody", async () => {
		const { code, stdout } = await cres("endpoint", "show");
		expect(code).toBe(0);
		expect(plain(stdout)).toMatchInlineSnapshot(`
			"INSTANCE  DRIVER  ENDPOINT            VIA     GEN  CONTRACT  VERIFIED BY
			gpu-1     vast    ssh5.vast.ai:11319  direct  3    CONTRACT  log
			gpu-2     vast    -                   -       -    -         -
			host keys: cres endpoint show INSTANCE, or --json
			gpu-2: nothing is on record
			  → cres endpoint rotate gpu-2
			"
		`);
		expect(account.simulator.requests).toEqual([]);
	});

	it("cres endpoint discover sets the platform's endpoint beside it, and records nothing", async () => {
		const { code, stdout } = await cres("endpoint", "discover");
		expect(code).toBe(3);
		expect(plain(stdout)).toMatchInlineSnapshot(`
			"gpu-1
			  platform: 127.0.0.1:PORT-gpu-1 (direct)
			  recorded: ssh5.vast.ai:11319 (direct), generation 3
			  answers as contract CONTRACT, host key KEY named by its log
			  they differ
			  → cres endpoint rotate gpu-1
			gpu-2
			  platform: 127.0.0.1:PORT-gpu-2 (direct)
			  recorded: nothing
			  answers as contract CONTRACT, host key KEY named by its log
			  they differ
			  → cres endpoint rotate gpu-2
			"
		`);
		expect(await recordedEndpoint(place.config.state, "gpu-2")).toBeUndefined();
		const one = await cres("endpoint", "discover", "gpu-1", "--json");
		const { endpoints } = JSON.parse(one.stdout) as { endpoints: DiscoveryRow[] };
		expect(endpoints).toMatchObject([
			{ instance: "gpu-1", differs: true, failure: null, platform: { host: "127.0.0.1" } },
		]);
		const answered = account.simulator.requests.filter(({ route, status }) => route === "list" && status === 200);
		expect(answered.length).toBeLessThanOrEqual(3); // at most one an instance; test/vast/fleet-reader.test.ts holds that they share
	});

	it("cres endpoint rotate writes it, and then both are the same", async () => {
		const { code, stdout } = await cres("endpoint", "rotate", "--json");
		expect(code).toBe(0);
		const { rotations } = JSON.parse(stdout) as { rotations: Rotation[] };
		expect(rotations.map(({ instance, outcome }) => `${instance} ${outcome}`)).toEqual([
			"gpu-1 rotated",
			"gpu-2 rotated",
		]);
		expect(await place.read("a.md")).toBe(`ssh -p ${platformPort(account, "gpu-1")} root@127.0.0.1\n`);
		expect(await place.read(".env")).toContain("VAST_HOST=\nVAST_PORT=\n"); // which of the two would it be?
		expect(await cres("endpoint", "discover")).toMatchObject({ code: 0 });
		expect(await cres("endpoint", "rotate")).toMatchObject({
			code: 0,
			stdout: expect.stringContaining("nothing to do"),
		});
	}, 30_000);
});

describe("cres ssh", () => {
	it("A5: prints a command that trusts the pinned key under the name of this life of the container, and no other", async () => {
		const { code, stdout } = await cres("ssh", "gpu-1", "--print", "--", "nvidia-smi", "-L; id");
		expect(code).toBe(0);
		const known = join(place.config.state, "known_hosts");
		const alias = `vast-${account.ids["gpu-1"]}-g4`;
		const options = `-o HostKeyAlias=${alias} -o UserKnownHostsFile=${known} -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes -o GlobalKnownHostsFile=none -o VerifyHostKeyDNS=no -o UpdateHostKeys=no -a -x -o ForwardAgent=no -o ConnectTimeout=10 -o ServerAliveInterval=15 -o ServerAliveCountMax=3`;
		const port = platformPort(account, "gpu-1");
		expect(stdout).toBe(`ssh -p ${port} -i ${account.key} ${options} -- root@127.0.0.1 nvidia-smi '-L; id'\n`);
		expect(await readFile(known, "utf8")).toMatch(new RegExp(`^${alias} ssh-ed25519 [A-Za-z0-9+/=]+\\n$`));
	});

	it("F74: keeps to its own list of keys, whatever ssh_config of this machine says", async () => {
		const { stdout } = await cres("ssh", "gpu-1", "--json");
		const { argv } = JSON.parse(stdout) as SshCommand;
		const file = join(place.root, "ssh_config");
		const theirs = ["HashKnownHosts yes", "UpdateHostKeys yes", "VerifyHostKeyDNS yes", "GlobalKnownHostsFile /all"];
		await writeFile(file, `Host *\n${theirs.map((line) => `  ${line}\n`).join("")}  UserKnownHostsFile /mine\n`);
		const said = await promisify(execFile)("ssh", ["-G", "-F", file, ...argv.slice(1)]);
		expect(said.stdout.split("\n")).toEqual(
			expect.arrayContaining([
				`userknownhostsfile ${join(place.config.state, "known_hosts")}`,
				"globalknownhostsfile none",
				"updatehostkeys false",
				"verifyhostkeydns false",
			]),
		);
	});

	it("under --json gives the same as argv and as text, and runs nothing", async () => {
		const { stdout } = await cres("ssh", "gpu-1", "--json");
		const { argv, command } = JSON.parse(stdout) as SshCommand;
		expect(argv.at(-1)).toBe("root@127.0.0.1");
		expect(command).toBe(argv.join(" "));
	});

	it("hands OpenSSH the terminal and ends with its exit code", async () => {
		await mkdir(join(place.root, "bin"));
		await writeFile(join(place.root, "bin", "ssh"), '#!/bin/sh\necho "ran $*"\nexit 7\n', { mode: 0o755 });
		const { code, stdout } = await cres("ssh", "gpu-1", "--", "true");
		expect(code).toBe(7);
		expect(stdout).toMatch(/^ran -p \d+ .* -- root@127\.0\.0\.1 true\n$/);
	});

	it("refuses a host that shows another key than the pinned one", async () => {
		const found = (await recordedEndpoint(place.config.state, "gpu-1"))!;
		await recordEndpoint(place.config.state, "gpu-1", { ...found, fingerprint: `SHA256:${"B".repeat(43)}` });
		const { code, stdout, stderr } = await cres("ssh", "gpu-1", "--print");
		await recordEndpoint(place.config.state, "gpu-1", found);
		expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
		expect(stderr).toContain("code: host_key_mismatch");
		expect(stderr).toContain("cres endpoint discover gpu-1");
	});
});

describe("cres exec", () => {
	it("runs a program in the container, and keeps what it wrote under --json", async () => {
		const { code, stdout } = await cres("exec", "gpu-1", "--", "tail", "-n", "5", "x.log");
		expect({ code, stdout }).toEqual({ code: 0, stdout: "the worker is RUNNING\n" });
		const { stdout: json } = await cres("exec", "gpu-1", "--json", "--", "tail", "-n", "5", "x.log");
		expect(JSON.parse(json)).toEqual({ instance: "gpu-1", exitCode: 0, stdout: "the worker is RUNNING\n", stderr: "" });
	});

	it("without a program is a wrong call", async () => {
		expect(await cres("exec", "gpu-1")).toMatchObject({
			code: 2,
			stderr: expect.stringContaining("cres exec gpu-1 -- PROGRAM") as string,
		});
	});
});

describe("cres tunnel", () => {
	it("forwards until Ctrl-C, and ends with the exit code for that", async () => {
		const port = await freePort();
		const child = spawn(process.execPath, [BIN, "tunnel", "gpu-1", `${port}:8081`], {
			cwd: place.root,
			stdio: ["ignore", "pipe", "inherit"],
		});
		const [line] = (await once(child.stdout, "data")) as [Buffer];
		expect(line.toString()).toBe(`127.0.0.1:${port} → gpu-1:8081\n`);
		child.kill("SIGINT");
		expect(await once(child, "exit")).toEqual([130, null]);
	});

	it("with --print gives the OpenSSH command for the usual ports, on loopback alone", async () => {
		const { stdout } = await cres("tunnel", "gpu-1", "--print");
		expect(stdout).toContain(
			"ssh -N -L 127.0.0.1:8081:127.0.0.1:8081 -L 127.0.0.1:8100:127.0.0.1:8100 -o ExitOnForwardFailure=yes -p ",
		);
		expect(stdout).toMatch(
			/ -a -x -o ForwardAgent=no -o ConnectTimeout=10 -o ServerAliveInterval=15 -o ServerAliveCountMax=3 -- root@127\.0\.0\.1\n$/,
		);
	});
});

describe("a contract that is gone", () => {
	it("is told by discover beside those that answer, and stops rotate", async () => {
		await account.vast.destroy(account.ids["gpu-2"]!);
		const { code, stdout } = await cres("endpoint", "discover", "--json");
		expect(code).toBe(3);
		const { endpoints } = JSON.parse(stdout) as { endpoints: DiscoveryRow[] };
		expect(endpoints.map(({ instance, failure }) => [instance, failure?.code])).toEqual([
			["gpu-1", undefined],
			["gpu-2", "contract_gone"],
		]);
		expect(await cres("endpoint", "rotate", "gpu-2")).toMatchObject({
			code: 1,
			stderr: expect.stringContaining("cres instance list"),
		});
	});

	it("of which nothing is on record gives ssh no address", async () => {
		const other = await makePlace(account, {});
		await expect((await other.ports.open("gpu-2")).sshTarget()).rejects.toMatchObject({
			code: "endpoint_unknown",
			hint: "cres endpoint rotate gpu-2",
		});
	});
});
