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
