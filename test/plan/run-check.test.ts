import { chmod, mkdir, mkdtemp, symlink, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { parseCheck } from "../../src/plan/check-text.ts";
import { runCheck, type CheckPorts, type Verdict } from "../../src/plan/run-check.ts";
import type { Temporal } from "../../src/temporal/temporal.ts";
import { UserError } from "../../src/errors/errors.ts";
import { serve } from "../support/loopback-server.ts";

let root: string;
beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-check-"));
	await mkdir(join(root, "docs", "deep", "node_modules"), { recursive: true });
	await mkdir(join(root, "empty"));
	await writeFile(join(root, "docs", "x.md"), "one\r\ntwo (2)\r\n");
	await writeFile(join(root, "docs", "deep", "y.md"), "three\n");
	await writeFile(join(root, "docs", "deep", "node_modules", "z.md"), "four\n");
	await writeFile(join(root, "docs", "PLAN.md"), "four\n");
	await writeFile(join(root, "docs", "deep", "image.bin"), "\0four\n");
});

const polled = (seen: boolean): Temporal =>
	({
		queueStatus: async () => ({
			pollers: seen ? [{ identity: "gpu@gpu-1/abc-1", buildId: "abc", lastSeenMs: 1_000 }] : [],
			backlog: { count: 0, ageMs: 0 },
		}),
		heartbeats: async () => [],
	}) as unknown as Temporal;

async function judge(text: string, ports: Partial<CheckPorts> = {}): Promise<string> {
	const read = parseCheck(text);
	if ("fault" in read) throw new Error(read.fault);
	const { verdict, observed } = await verdictOf(read.check, ports);
	return `${verdict}: ${observed}`;
}

const verdictOf = (check: Parameters<typeof runCheck>[0], ports: Partial<CheckPorts>): Promise<Verdict> =>
	runCheck(check, {
		...{ root, clock: { now: () => 2_000 }, signal: new AbortController().signal, network: true },
		temporal: async () => polled(true),
		...ports,
	});

describe("a check of text", () => {
	it.each([
		['file-contains docs/x.md "two (2)"', "true: docs/x.md:2"],
		['file-contains docs/x.md docs/deep "t"', "true: docs/x.md:2, docs/deep/y.md:1"],
		['file-contains docs/x.md docs/deep/y.md "one"', "false: not in docs/deep/y.md"],
		['file-contains docs/gone.md docs/x.md "one"', "false: docs/gone.md is not there"],
		['file-lacks docs/x.md "zero"', "true: 0 in 1 file"],
		['file-lacks . "zero"', "true: 0 in 2 files"],
		['file-lacks docs "three"', "false: found in docs/deep/y.md:1"],
		['file-lacks docs/gone.md "zero"', "unverifiable: docs/gone.md is not there"],
		['file-lacks docs/deep/node_modules/gone "x"', "unverifiable: docs/deep/node_modules/gone is not there"],
		['file-lacks docs "four"', "true: 0 in 2 files"],
		['file-contains docs/PLAN.md "four"', "true: docs/PLAN.md:1"],
		['file-contains docs/deep/image.bin "four"', "unverifiable: docs/deep/image.bin is binary"],
		['file-matches docs/x.md "^two \\\\(\\\\d\\\\)$"', "true: docs/x.md:2"],
		['file-lacks docs/deep/image.bin "x"', "unverifiable: docs/deep/image.bin is binary"],
		['file-lacks docs/deep/node_modules "x"', "true: 0 in 1 file"],
		['file-lacks empty "x"', "unverifiable: no text file was there to search"],
		['file-contains docs/x.md docs/deep "zero"', "false: not in docs/x.md, docs/deep"],
		['file-contains docs/gone.md docs/too.md "x"', "false: docs/gone.md, docs/too.md is not there"],
		['file-lacks docs/x.md docs/deep "t"', "false: found in docs/x.md:2, docs/deep/y.md:1"],
		['file-matches docs/x.md "^$"', "true: docs/x.md:3"],
		['file-never-matches docs/x.md "\\r"', "true: 0 in 1 file"],
		['file-never-matches docs "^t.o$"', "true: 0 in 2 files"],
		['file-never-matches docs "^thr"', "false: found in docs/deep/y.md:1"],
	])("%s", async (text, verdict) => {
		expect(await judge(text)).toBe(verdict);
	});

	it("stops a regular expression that goes back and forth for ever, and says so", async () => {
		await writeFile(join(root, "a.txt"), `${"a".repeat(60)}b\n`);
		const started = performance.now();
		expect(await judge('file-matches a.txt "^(a+)+$"')).toBe(
			"unverifiable: the regular expression took longer than 3 s",
		);
		expect(performance.now() - started).toBeLessThan(15_000);
	});

	it("looks at no file and no line beyond its limits", async () => {
		await writeFile(join(root, "large.txt"), Buffer.alloc(2_000_001, "a"));
		expect(await judge('file-lacks large.txt "b"')).toBe("unverifiable: large.txt has more than 2 MB");
		expect(await judge('file-lacks . "zero"')).toBe("unverifiable: large.txt has more than 2 MB");
		await truncate(join(root, "large.txt"), 2_000_000);
		expect(await judge('file-lacks large.txt "b"')).toBe("true: 0 in 1 file");
		await mkdir(join(root, "data"));
		await writeFile(join(root, "data", "model.bin"), "");
		await truncate(join(root, "data", "model.bin"), 3 * 1024 ** 3); // more than Node reads at once
		await writeFile(join(root, "data", "a.txt"), "a");
		expect(await judge('file-lacks data "b"')).toBe("true: 0 in 1 file");
		await writeFile(join(root, "long.txt"), "a".repeat(100_001));
		expect(await judge('file-never-matches long.txt "b"')).toBe(
			"unverifiable: it has a line of more than 100000 characters",
		);
	});
});

describe("a path", () => {
	it("leads nowhere out of the project, by a link neither", async () => {
		const outside = await mkdtemp(join(tmpdir(), "cres-outside-"));
		await writeFile(join(outside, "secret"), "one\n");
		await symlink(outside, join(root, "out"));
		await symlink(join(outside, "secret"), join(root, "docs", "link.md"));
		await symlink("x.md", join(root, "docs", "inside.md"));
		expect(await judge('file-contains out/secret "one"')).toBe("unverifiable: out/secret leads out of the project");
		expect(await judge("file-exists docs/link.md")).toBe("unverifiable: docs/link.md leads out of the project");
		expect(await judge('file-contains docs/inside.md "one"')).toBe("true: docs/inside.md:1");
		expect(await judge('file-lacks docs "secret of nobody"')).toBe("true: 0 in 2 files");
	});

	it("that is no file is not opened", async () => {
		const server = createServer().listen(join(root, "pipe"));
		onTestFinished(() => void server.close());
		await new Promise((resolve) => server.once("listening", resolve));
		expect(await judge('file-contains pipe "x"')).toBe("unverifiable: pipe is neither a file nor a folder");
		expect(await judge('file-lacks . "zero"')).toBe("true: 0 in 2 files");
	});
});

describe("a check of a file", () => {
	it.each([
		["file-exists docs/x.md", "true: a file"],
		["file-exists docs", "true: a folder"],
		["file-exists gone", "false: not there"],
		["file-exists docs/x.md/below", "false: not there"],
		["file-absent gone", "true: not there"],
		["file-absent docs/x.md", "false: a file"],
		["file-mode gone 0755", "false: not there"],
	])("%s", async (text, verdict) => {
		expect(await judge(text)).toBe(verdict);
	});

	it("sees its mode", async () => {
		await chmod(join(root, "docs", "x.md"), 0o750);
		expect(await judge("file-mode docs/x.md 0750")).toBe("true: 0750");
		expect(await judge("file-mode docs/x.md 0755")).toBe("false: 0750");
	});

	it("parses YAML of files alone, of each that is named, up to a megabyte", async () => {
		await writeFile(join(root, "good.yml"), "a: 1\n");
		await writeFile(join(root, "bad.yml"), "a: [1\n");
		expect(await judge("yaml-parses docs")).toBe("false: docs is a folder");
		expect(await judge("yaml-parses gone.yml")).toBe("false: gone.yml is not there");
		expect(await judge("yaml-parses good.yml docs/deep/y.md")).toBe("true: 2 files parse");
		expect(await judge("yaml-parses bad.yml")).not.toContain("\n");
		await writeFile(join(root, "most.yml"), `# ${"a".repeat(999_998)}`);
		expect(await judge("yaml-parses most.yml")).toBe("true: parses");
		await writeFile(join(root, "large.yml"), `# ${"a".repeat(999_999)}`);
		expect(await judge("yaml-parses large.yml")).toBe("unverifiable: large.yml has more than 1 MB");
	});

	it("parses YAML, of strangers too", async () => {
		await writeFile(join(root, "good.yml"), "a: 1\n---\nb: [2]\n");
		await writeFile(join(root, "bad.yml"), "a: [1\n");
		await writeFile(join(root, "deep.yml"), "[".repeat(100_000));
		expect(await judge("yaml-parses good.yml")).toBe("true: parses");
		expect(await judge("yaml-parses good.yml bad.yml")).toMatch(/^false: bad\.yml: /);
		expect(await judge("yaml-parses deep.yml")).toMatch(/^false: deep\.yml: /);
	});
});

describe("a check of a server", () => {
	it("takes the status that it answers, follows no redirect, and sends no credential", async () => {
		const { origin, asked } = await serve(({ path }) =>
			path === "/moved" ? { status: 302, headers: { location: "/" } } : { status: 200, body: "x".repeat(1_000_000) },
		);
		expect(await judge(`http-status ${origin}/ 200`)).toBe("true: answered 200");
		expect(await judge(`http-status ${origin}/ 204`)).toBe("false: answered 200");
		expect(await judge(`http-status ${origin}/moved 302`)).toBe("true: answered 302");
		expect(asked.map(({ path }) => path)).toEqual(["/", "/", "/moved"]);
		expect(asked.flatMap(({ headers }) => [headers.authorization, headers.cookie])).toEqual(Array.from({ length: 6 }));
	});

	it("is false where nobody listens, and unverifiable without the network", async () => {
		const server = createServer().listen(0, "127.0.0.1");
		await new Promise((resolve) => server.once("listening", resolve));
		const { port } = server.address() as { port: number };
		await new Promise((resolve) => server.close(resolve));
		expect(await judge(`http-status http://127.0.0.1:${port}/ 200`)).toBe("false: no answer (ECONNREFUSED)");
		expect(await judge("http-status http://127.0.0.1:1/ 200", { network: false })).toBe(
			"unverifiable: the network was not to be used",
		);
	});

	it("is unverifiable where nothing comes in time, and false where somebody hangs up", async () => {
		const { origin } = await serve(() => undefined);
		expect(await judge(`http-status ${origin}/ 200`, { httpMs: 50 })).toMatch(/^unverifiable: no answer \(/);
		const rude = createServer((socket) => void socket.once("data", () => socket.destroy())).listen(0, "127.0.0.1");
		onTestFinished(() => void rude.close());
		await new Promise((resolve) => rude.once("listening", resolve));
		const { port } = rude.address() as { port: number };
		expect(await judge(`http-status http://127.0.0.1:${port}/ 200`)).toMatch(/^false: no answer \(/);
	});

	it("ends with the command", async () => {
		const { origin } = await serve(() => undefined);
		const stopped = new AbortController();
		const asked = judge(`http-status ${origin}/ 200`, { signal: stopped.signal });
		setTimeout(() => stopped.abort(new Error("stopped")), 50);
		onTestFinished(() => stopped.abort());
		await expect(asked).rejects.toThrow("stopped");
	});

	it("sees who polls a queue", async () => {
		expect(await judge("poller-present video@gpu")).toBe("true: gpu@gpu-1/abc-1 LIVE");
		expect(await judge("poller-present video@gpu", { temporal: async () => polled(false) })).toBe(
			"false: nobody polls activity",
		);
		expect(await judge("poller-present video@cpu", { temporal: async () => polled(false) })).toBe(
			"false: nobody polls workflow and activity",
		);
		expect(await judge("poller-present video@cpu", { network: false })).toBe(
			"unverifiable: the network was not to be used",
		);
		const down = async () => Promise.reject(new UserError("temporal_unreachable", "Temporal does not answer"));
		expect(await judge("poller-present video@cpu", { temporal: down })).toBe("unverifiable: Temporal does not answer");
	});
});
