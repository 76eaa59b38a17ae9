import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { NAME, makeContractWorld, type ContractWorld } from "../../support/contract-world.ts";
import { endsByItself, misbehave, type BadPeer } from "../../support/bad-peers.ts";
import { leave, startSshHost, type SshHost } from "../../support/ssh-host.ts";

let [world, host]: [ContractWorld?, SshHost?] = [];

/** A contract whose sshd is the test's own. */
beforeEach(async () => {
	[world, host] = await Promise.all([makeContractWorld(), startSshHost()]);
	await copyFile(host.key, join(world.root, "id"));
	world.contract.container!.ports["22/tcp"] = host.port;
});
afterEach(async () => {
	await Promise.all([world!.close(), host![Symbol.asyncDispose]()]);
});

const forever = new AbortController().signal;
const exec = (signal: AbortSignal, timeout: number) => world!.instance().exec(["report"], { signal, timeout });

/** What its one program does, after each login has seen whose container it is. */
function program(run: (channel: Parameters<SshHost["program"]>[1]) => void): void {
	host!.program = (command, channel) => {
		if (command === "report") return run(channel);
		channel.write(`cres-probe-begin\ncontainer_id=${world!.id}\ncres-probe-end\n`);
		leave(channel, 0);
	};
}

it("what a program prints is all of it, long lines too", async () => {
	const printed = `${"x".repeat(200_000)}\nend\n`;
	program((channel) => {
		channel.write(printed);
		leave(channel, 3);
	});
	expect(await exec(forever, 10_000)).toBe(printed);
});

it.each<[BadPeer, RegExp]>([
	["silent", /no answer in 0\.2 s/],
	["dripping", /no answer in 0\.2 s/],
])("a %s program is given up after the time that it is given", async (how, why) => {
	program((channel) => misbehave(how, channel));
	expect(await endsByItself(how, () => exec(forever, 200))).toMatchObject({
		code: "no_answer",
		message: expect.stringMatching(new RegExp(`^${NAME} did not run report over ssh: .*${why.source}`)) as string,
	});
});

it("an endless one is given up after 16 MiB", async () => {
	program((channel) => misbehave("endless", channel));
	expect(await endsByItself("endless", () => exec(forever, 60_000), 20_000)).toMatchObject({
		code: "no_answer",
		message: expect.stringContaining("larger than 16777216 bytes") as string,
	});
});

it("Ctrl-C rejects, and half an answer is none", async () => {
	const stop = new AbortController();
	program((channel) => {
		channel.write("half an ans");
		setTimeout(() => stop.abort(new Error("Ctrl-C")), 50);
	});
	expect(await endsByItself("aborted", () => exec(stop.signal, 60_000))).toMatchObject({ message: "Ctrl-C" });
});
