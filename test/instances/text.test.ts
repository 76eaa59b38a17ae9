import { describe, expect, it } from "vitest";
import { logLines } from "../../src/instances/docker/log-lines.ts";
import { pullProgress } from "../../src/instances/docker/pull-progress.ts";
import { keyFile } from "../../src/instances/ssh/key-file.ts";
import { shellWord } from "../../src/system/text.ts";
import { homedir } from "node:os";
import { join } from "node:path";

const frame = (text: string, stream = 1): Buffer => {
	const header = Buffer.alloc(8);
	header[0] = stream;
	header.writeUInt32BE(Buffer.byteLength(text), 4);
	return Buffer.concat([header, Buffer.from(text)]);
};

describe("logLines", () => {
	it("joins frames of both streams into lines, wherever the chunks are cut", async () => {
		const bytes = Buffer.concat([frame("one\ntw"), frame("o\n", 2), frame("three")]);
		for (let cut = 0; cut <= bytes.length; cut++) {
			const chunks = [bytes.subarray(0, cut), bytes.subarray(cut)];
			expect(await Array.fromAsync(logLines(chunks))).toEqual(["one", "two", "three"]);
		}
	});
});

describe("pullProgress", () => {
	it("sums layers in bytes and counts those that are done", () => {
		const progress = pullProgress();
		progress({ id: "aaaaaaaaaaaa", status: "Downloading", progressDetail: { current: 1e6, total: 4e6 } });
		progress({ id: "sha256:x", status: "Pulling from app" });
		expect(progress({ id: "bbbbbbbbbbbb", status: "Already exists" })).toBe("1.0/4.0 MB, 1 of 2 layers");
		progress({ id: "aaaaaaaaaaaa", status: "Download complete" });
		expect(progress({ id: "aaaaaaaaaaaa", status: "Pull complete" })).toBe("4.0/4.0 MB, 2 of 2 layers");
	});
});

describe("a word for a shell", () => {
	it.each([
		["/var/lib/docker", "/var/lib/docker"],
		["a b", "'a b'"],
		["it's", `'it'\\''s'`],
		["$(reboot)", "'$(reboot)'"],
		["", "''"],
	])("%j → %s", (argument, quoted) => {
		expect(shellWord(argument)).toBe(quoted);
	});
});

it("expands ~ to the home directory", () => {
	expect(keyFile("/root", "~/.ssh/id")).toBe(join(homedir(), ".ssh/id"));
	expect(keyFile("/project", "/abs")).toBe("/abs");
	expect(keyFile("/project", "keys/id")).toBe("/project/keys/id");
});
