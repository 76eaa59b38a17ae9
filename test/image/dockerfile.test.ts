import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { readDockerfile } from "../../src/image/dockerfile.ts";
import { lastOutput, stageOf } from "../../src/image/progress-lines.ts";

describe("readDockerfile", () => {
	it("finds what COPY, ADD and bind mounts take from the context, and the arguments", () => {
		const text = `ARG BASE_IMAGE
FROM scratch AS tools
COPY images/etc/settle /
FROM \${BASE_IMAGE} AS system
ARG NPM_VERSION=11 OTHER
RUN --mount=type=bind,from=tools,target=/mnt true
RUN --mount=type=bind,source=images/etc/conf,target=/conf --mount=type=secret,id=ca true
COPY --chmod=755 ./images/package.json /images/package-lock.json ./
COPY ["listed.txt", "/target/"]
ADD https://example.org/x.tgz dist/ \\
    /
COPY --from=tools /settle /settle
`;
		expect(readDockerfile(text)).toEqual({
			args: ["BASE_IMAGE", "NPM_VERSION", "OTHER"],
			paths: [
				"dist",
				"images/etc/conf",
				"images/etc/settle",
				"images/package-lock.json",
				"images/package.json",
				"listed.txt",
			],
		});
	});

	it("counts only the stages that the last one needs with the given values", () => {
		const text = `ARG FLAVOUR=cpu
FROM os AS system
COPY system /
FROM system AS parts
COPY parts /
FROM system AS engines-cpu
FROM engines-cpu AS engines-cuda
RUN --mount=type=bind,from=parts,target=/mnt true
FROM scratch
COPY copied-by-number /
FROM engines-\${FLAVOUR}
COPY --from=4 / /
`;
		const paths = (values?: Record<string, string>) => readDockerfile(text, values).paths;
		expect(paths()).toEqual(["copied-by-number", "system"]);
		expect(paths({ FLAVOUR: "cuda" })).toEqual(["copied-by-number", "parts", "system"]);
		expect(paths({ FLAVOUR: "cuda", OTHER: "x" })).toEqual(paths({ FLAVOUR: "cuda" }));
	});

	it("gives the lock of the cuda flavour to no image of the cpu flavour", async () => {
		const text = await readFile(new URL("../../Dockerfile.base", import.meta.url), "utf8");
		const locked = (FLAVOUR: string) => readDockerfile(text, { FLAVOUR }).paths.includes("images/cuda");
		expect([locked("cpu"), locked("cuda")]).toEqual([false, true]);
	});
});

describe("T18: readDockerfile", () => {
	const paths = (text: string) => readDockerfile(`FROM a\n${text}`).paths;

	it.each([
		["COPY <<EOF /app/run.sh\n#!/bin/sh\nCOPY none /x\nFROM b\nEOF\nCOPY c /", ["c"]],
		['COPY <<-"ONE" <<TWO d /app/\none\n\tONE\ntwo\nTWO\n', ["d"]],
		["RUN <<EOF cat > /x\nCOPY none /x\nEOF\nCOPY e /", ["e"]],
		["RUN python3 - <<'AB' <<C\nx\nAB\ny\nC\nCOPY f /", ["f"]],
		['RUN echo "a <<EOF b"\nCOPY g /', ["g"]],
		['COPY ["a b.txt", "c\\u0064", "/app/"]', ["a b.txt", "cd"]],
		['COPY --chmod=755 ["a b.txt","/app/"]', ["a b.txt"]],
		["ADD https://example.org/a git@github.com:a/b.git c /", ["c"]],
		["COPY 'a' \"b\" /x", ["a", "b"]],
		["COPY ../../up ./x/../y // /x", [".", "up", "y"]],
		["COPY a \\\n\t # COPY none\n  # and none\n  b /app/", ["a", "b"]],
		["RUN x \\\n  # <<EOF\n  && y\nCOPY a /", ["a"]],
		["ARG D=a=b\nCOPY $D /x", ["a=b"]],
		["ARG D=\"a\" E='b'\nCOPY $D $E /x", ["a", "b"]],
		["ARG D=x\nARG E=$D/y\nARG D=z\nCOPY $D $E /x", ["x/y", "z"]],
		["ARG D=x\nCOPY $D /x\nENV D=y", ["x"]],
		["ARG D=x\nCOPY $D /x\nARG D=y\nCOPY $D /x", ["x", "y"]],
		["ARG D=dir\nARG E\nCOPY ${D}/a ${D:-x}/b ${E:-else} ${D:+set} /x", ["dir/a", "dir/b", "else", "set"]],
		["ONBUILD COPY later /x\nCOPY now /x", ["now"]],
		["COPY a \\\n# COPY none\n\n b /x", ["a", "b"]],
		["COPY --parents --exclude=*.md src/*.ts /x", ["src/*.ts"]],
	])("takes %j", (text, expected) => {
		expect(paths(text)).toEqual(expected);
	});

	it("knows the arguments of each stage, and of the one that it stands on", () => {
		const two = "FROM a AS one\nARG D=x\nCOPY $D /\nFROM a\nARG D=y\nCOPY $D /\nCOPY --from=one x /\n";
		expect(readDockerfile(two).paths).toEqual(["x", "y"]);
		expect(readDockerfile("FROM a AS one\nARG D=x\nFROM one\nCOPY $D /\n").paths).toEqual(["x"]);
		expect(() => readDockerfile("FROM a AS one\nARG D=x\nFROM a\nCOPY $D /\n")).toThrow(
			"Dockerfile:4: not understood: the path $D",
		);
	});

	it("gives a stage an argument from above the first FROM only where it asks for it", () => {
		const asks = (text: string, values = {}) => readDockerfile(`ARG D=above\nFROM a-$D\n${text}\n`, values).paths;
		expect(() => asks("COPY $D /")).toThrow("Dockerfile:3: not understood: the path $D");
		expect(asks("ARG D\nCOPY $D /")).toEqual(["above"]);
		expect(asks("ARG D=own\nCOPY $D /")).toEqual(["own"]);
		expect(asks("ARG D\nCOPY $D /", { D: "given" })).toEqual(["given"]);
		expect(asks("ARG D=own\nCOPY $D /", { D: "given" })).toEqual(["given"]);
		const stages = "ARG A=1\nARG B=s$A\nFROM x AS s1\nCOPY one /\nFROM x AS s2\nCOPY two /\nFROM $B\n";
		expect(readDockerfile(stages).paths).toEqual(["one"]);
		expect(readDockerfile(stages, { A: "2" }).paths).toEqual(["two"]);
	});

	it("knows another escape character", () => {
		expect(readDockerfile("# escape=`\nFROM a\nCOPY a `\n  b /x\nRUN <<EOF `\n b\nx\nEOF\nCOPY c /").paths).toEqual([
			"a",
			"b",
			"c",
		]);
	});

	it.each([
		["COPY <<EOF /x\nnever", 2, "a here-document that never ends"],
		["ENV D=1\nCOPY ${D}/a /x", 3, "the path ${D}/a"],
		["ARG D=a\nENV D=b\nCOPY $D /x", 4, "the path $D"],
		["ENV D=b\nARG D=a\nCOPY ${D:-c} /x", 4, "the path ${D:-c}"],
		["ENV E 1\nCOPY ${E:+a} /x", 3, "the path ${E:+a}"],
		["COPY ${D:-c} /x", 2, "the path ${D:-c}"],
		["COPY $D /x\nARG D=a", 2, "the path $D"],
		["ARG D='$E'\nCOPY $D /x", 3, "the path $D"],
		["ENV D=a\nFROM b\nENV E=x\nARG D=y\nCOPY $D /x\nFROM 0\nCOPY --from=1 a /\nCOPY $D /x", 9, "the path $D"],
		["COPY ${A#b} /x", 2, "the path ${A#b}"],
		["COPY a\\ b /x", 2, "the path a\\"],
		['COPY "a b" /x', 2, 'the path "a'],
		['RUN --mount=type=bind,"source=a b",target=/x true', 2, "quotes in a mount"],
	])("refuses %j with its line", (text, line, what) => {
		expect(() => paths(text)).toThrow(`Dockerfile:${line}: not understood: ${what}`);
	});

	it("refuses another frontend", () => {
		const read = () => readDockerfile("# syntax=example.org/mine:1\nFROM a\n", {}, "Dockerfile.base");
		expect(read).toThrow("Dockerfile.base:1: not understood: the syntax example.org/mine:1");
		for (const text of ["# check=skip=all\n#syntax = x/y\nFROM a", "//syntax=x/y\nFROM a", '{ "syntax": "x/y" }'])
			expect(() => readDockerfile(text)).toThrow(/not understood: the syntax x\/y/);
		expect(readDockerfile("# by me\n# syntax=x/y\nFROM a\nCOPY a /\n").paths).toEqual(["a"]);
		expect(readDockerfile("# syntax=docker/dockerfile:1-labs\nFROM a\nCOPY a /\n").paths).toEqual(["a"]);
	});
});

it("T18: finds a stage by its name in any case", () => {
	const text = "FROM x AS Tools\nCOPY a /\nFROM tools AS two\nCOPY b /\nFROM z\nCOPY --from=TWO /x /x\n";
	expect(readDockerfile(text).paths).toEqual(["a", "b"]);
});

describe("build output", () => {
	it.each([
		["#7 [3/7] RUN apt-get  update", "[3/7] RUN apt-get update"],
		["#7 [system 2/3] COPY a b\r", "[system 2/3] COPY a b"],
		[`#7 [1/1] RUN ${"x".repeat(200)}`, `[1/1] RUN ${"x".repeat(89)}…`],
		["#1 [internal] load build definition from Dockerfile", undefined],
		["#4 [auth] sharing credentials for 127.0.0.1:5250", undefined],
		["#7 0.312 Get:1 http://deb.debian.org", undefined],
		["#7 CACHED", undefined],
		["", undefined],
	])("%s starts stage %s", (line, stage) => expect(stageOf(line)).toBe(stage));

	it("keeps what the program said last", () => {
		const lines = ["#7 [2/2] RUN x", "#7 0.1 one", "#7 0.2 two", "#7 ERROR: exit code: 1", "------", "#8 DONE 0.1s"];
		expect(lastOutput(lines, 2)).toEqual(["two", "exit code: 1"]);
	});
});
