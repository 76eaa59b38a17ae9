import { randomBytes } from "node:crypto";
import { mkdir, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fetchModels } from "../../../images/models/fetch.ts";
import { mountTmpfs } from "../../support/tmpfs.ts";
import { makePlace, oneFile, publish } from "./directory.ts";
import { type FileServer, sha256, startFileServer } from "./file-server.ts";

const content = randomBytes(3_000_000);
const PATH = "llm/small.gguf";
const PART = `${PATH}.${sha256(content).slice(0, 8)}.part`;

let server: FileServer;
beforeAll(async () => {
	server = await startFileServer();
});
beforeEach(() => {
	server.files.clear();
	server.files.set("small.gguf", content);
	server.next = [];
	server.requests = [];
	server.sent = 0;
});
afterAll(() => server.close());

const publishSmall = () => publish(server, oneFile(PATH, content, `${server.url}/small.gguf`));
/** Bytes of models that were sent, without the manifest. */
const sentOfModels = () =>
	server.sent -
	server.requests.filter((one) => one.startsWith("/manifest")).length * server.files.get("manifest.json")!.length;

describe("a second run", () => {
	it("asks for the manifest and nothing else, and hashes nothing", async () => {
		await using place = await makePlace({ manifestUrl: publishSmall() });
		expect(await fetchModels(place.options)).toMatchObject({ kept: [], fetched: [PATH] });
		expect(await place.read(PATH)).toEqual(content);
		expect(await place.names()).toEqual([".verified.json", "llm", PATH, "manifest.json"]);
		server.requests = [];
		// Another content with the same size and time: only the stamp can say that it is there.
		const { mtime } = await stat(join(place.directory, PATH));
		await writeFile(join(place.directory, PATH), randomBytes(content.length));
		await utimes(join(place.directory, PATH), mtime, mtime);
		const { mtimeMs } = await stat(join(place.directory, PATH));
		const stamp = JSON.parse((await place.read(".verified.json")).toString()) as Record<string, { mtimeMs: number }>;
		stamp[PATH]!.mtimeMs = mtimeMs;
		await writeFile(join(place.directory, ".verified.json"), JSON.stringify(stamp));
		expect(await fetchModels(place.options)).toMatchObject({ kept: [PATH], fetched: [] });
		expect(server.requests).toEqual(["/manifest.json whole"]);
	});

	it("takes a file that somebody else put there, when it is the right one", async () => {
		await using place = await makePlace({ manifestUrl: publishSmall() });
		await mkdir(join(place.directory, "llm"));
		await writeFile(join(place.directory, PATH), content);
		expect(await fetchModels(place.options)).toMatchObject({ kept: [PATH], fetched: [] });
	});

	it("replaces a file of the right size with another content, and one of another size", async () => {
		for (const wrong of [randomBytes(content.length), randomBytes(5)]) {
			await using place = await makePlace({ manifestUrl: publishSmall() });
			await mkdir(join(place.directory, "llm"));
			await writeFile(join(place.directory, PATH), wrong);
			expect(await fetchModels(place.options)).toMatchObject({ fetched: [PATH] });
			expect(await place.read(PATH)).toEqual(content);
		}
	});

	it("waits for the first one when both come at once, and then fetches nothing", async () => {
		await using place = await makePlace({ manifestUrl: publishSmall() });
		const both = await Promise.all([fetchModels(place.options), fetchModels(place.options)]);
		expect(both.flatMap(({ fetched }) => fetched)).toEqual([PATH]);
		expect(sentOfModels()).toBe(content.length);
		expect(place.lines).toContain("INFO models: another process fetches them");
	});
});

describe("a connection that fails", () => {
	it("in the middle is continued there: no byte is sent twice", async () => {
		await using place = await makePlace({ manifestUrl: publishSmall() });
		server.next = [{}, { cutAfter: 1_000_000 }, { cutAfter: 500_000 }];
		await fetchModels(place.options);
		expect(await place.read(PATH)).toEqual(content);
		expect(server.requests).toEqual([
			"/manifest.json whole",
			"/small.gguf whole",
			"/small.gguf bytes=1000000-",
			"/small.gguf bytes=1500000-",
		]);
		expect(sentOfModels()).toBe(content.length);
	});

	it("by falling silent is given up and continued", async () => {
		await using place = await makePlace({ manifestUrl: publishSmall(), silenceMs: 200 });
		server.next = [{}, { stallAfter: 1_000_000 }];
		await fetchModels(place.options);
		expect(server.requests.at(-1)).toBe("/small.gguf bytes=1000000-");
		expect(place.lines).toContain(`WARN ${PATH}: silent for 0.2 s; trying again`);
	});

	it("at a server without ranges begins again", async () => {
		await using place = await makePlace({ manifestUrl: publishSmall() });
		server.next = [{}, { cutAfter: 1_000_000 }, { ignoresRange: true }];
		await fetchModels(place.options);
		expect(await place.read(PATH)).toEqual(content);
	});

	it("while the manifest is read is tried again, too", async () => {
		await using place = await makePlace({ manifestUrl: publishSmall(), silenceMs: 200 });
		server.next = [{ status: 503 }, { cutAfter: 10 }, { stallAfter: 10 }];
		await fetchModels(place.options);
		expect(server.requests).toHaveLength(5);
		expect(place.lines.filter((line) => line.startsWith("WARN the manifest of models: "))).toHaveLength(3);
	});

	it("again and again without a new byte is the source's failure; the part stays for the next run", async () => {
		await using place = await makePlace({ manifestUrl: publishSmall() });
		server.next = [{}, { cutAfter: 1_000_000 }, ...Array.from({ length: 5 }, () => ({ status: 503 }))];
		await expect(fetchModels(place.options)).rejects.toMatchObject({ fault: "source-unreachable" });
		expect((await place.read(PART)).length).toBe(1_000_000);
		server.requests = [];
		await fetchModels(place.options);
		expect(server.requests.at(-1)).toBe("/small.gguf bytes=1000000-");
	});
});

describe("a disk without room", () => {
	it("is told before anything is fetched", async () => {
		await using place = await makePlace({ manifestUrl: publishSmall(), reserveBytes: 1e15 });
		await expect(fetchModels(place.options)).rejects.toMatchObject({
			fault: "disk-full",
			message: expect.stringMatching(/: 1000000003\.0 MB are needed, [\d.]+ MB are free$/),
		});
		expect(server.requests).toEqual(["/manifest.json whole"]);
	});

	it("that fills up on the way loses the part, so that others can go on", async () => {
		await using place = await makePlace({ manifestUrl: publishSmall(), reserveBytes: 0 });
		await using disk = await mountTmpfs(place.directory, 4_096_000);
		server.next = [{}, { before: () => writeFile(join(disk.directory, "other"), randomBytes(3_000_000)) }];
		await expect(fetchModels(place.options)).rejects.toMatchObject({ fault: "disk-full" });
		expect(await place.names()).toEqual(["llm", "other"]);
	});
});

describe("what is published wrongly", () => {
	it("another content is told with both checksums, and no part stays", async () => {
		await using place = await makePlace({ manifestUrl: publishSmall() });
		const other = randomBytes(content.length);
		server.files.set("small.gguf", other);
		await expect(fetchModels(place.options)).rejects.toMatchObject({
			fault: "checksum-mismatch",
			message: `${PATH}: expected sha256 ${sha256(content)}, got ${sha256(other)}`,
		});
		expect(await place.names()).toEqual(["llm"]);
	});

	it("a damaged part of an earlier run is fetched once more, whole", async () => {
		await using place = await makePlace({ manifestUrl: publishSmall() });
		await mkdir(join(place.directory, "llm"));
		await writeFile(join(place.directory, PART), randomBytes(1_000_000));
		await fetchModels(place.options);
		expect(await place.read(PATH)).toEqual(content);
		expect(server.requests.slice(1)).toEqual(["/small.gguf bytes=1000000-", "/small.gguf whole"]);
	});

	it("another size is told without fetching it, longer or shorter", async () => {
		for (const other of [randomBytes(content.length + 1), randomBytes(1_000)]) {
			await using place = await makePlace({ manifestUrl: publishSmall() });
			server.files.set("small.gguf", other);
			await expect(fetchModels(place.options)).rejects.toMatchObject({
				fault: "size-mismatch",
				message: `${PATH}: expected ${content.length} bytes, got ${other.length}`,
			});
			expect(await place.names()).toEqual(["llm"]);
		}
	});

	it("a source that is not there, or refuses, is not asked again", async () => {
		for (const [status, fault] of [
			[404, "source-missing"],
			[403, "source-refused"],
		] as const) {
			await using place = await makePlace({ manifestUrl: publishSmall() });
			server.next = [{}, { status }];
			await expect(fetchModels(place.options)).rejects.toMatchObject({ fault });
		}
		expect(server.requests).toHaveLength(4);
	});

	it("a manifest with a path out of the directory is refused as a whole", async () => {
		for (const path of ["../etc/passwd", "/etc/passwd", "llm/../../x", "llm\\x", ".verified.json"]) {
			await using place = await makePlace({
				manifestUrl: publish(server, oneFile(path, content, `${server.url}/small.gguf`)),
			});
			await expect(fetchModels(place.options)).rejects.toMatchObject({ fault: "manifest-invalid" });
			expect(await place.names()).toEqual([]);
		}
	});
});

describe("what is wanted", () => {
	it("is fetched, and the rest is not; the manifest on disk names no more than that", async () => {
		const model = oneFile(PATH, content, `${server.url}/small.gguf`);
		const manifestUrl = publish(server, model, oneFile("llm/large.gguf", content, `${server.url}/no-such`));
		await using place = await makePlace({
			manifestUrl,
			choose: (models) => models.filter(({ name }) => name === model.name),
		});
		expect(await fetchModels(place.options)).toMatchObject({ fetched: [PATH] });
		expect(place.lines).toContain("INFO models: not wanted here: llm/llm-large-gguf");
		expect(JSON.parse((await place.read("manifest.json")).toString())).toEqual({ version: 1, models: [model] });
	});
});
