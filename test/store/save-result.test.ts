import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Secret } from "../../src/secrets/secret.ts";
import { createS3 } from "../../src/store/s3.ts";
import { assertFree, directoryOf, objectsOf, saveResult } from "../../src/store/save-result.ts";
import { createStore, type Store } from "../../src/store/store.ts";
import { silent } from "../../src/system/progress.ts";
import { serve } from "../support/web-server.ts";

const temporary = () => mkdtemp(join(tmpdir(), "cres-output-"));
const signal = new AbortController().signal;
/** A store whose every object says the same. */
const store: Pick<Store, "save"> = {
	save: async (_key, path) => writeFile(path, "new").then(() => 3),
};
const ports = { store: store as Store, progress: silent, signal };
const object = (key: string) => ({ key, bytes: 3 });

describe("A11: what cres run --output writes", () => {
	it("has fixed names in a directory of the job, whatever a worker calls them", async () => {
		const output = await temporary();
		const result = {
			video: object("queries/q/videos/../../cres.yaml"),
			audio: object(".env"),
			info: object("a/b/package.json"),
			transcript: object("x"),
			thumbnail: object("t.JPG;rm"),
			"../evil": object("evil"),
			__proto__: object("evil"),
		};
		const paths = await saveResult(ports, result, { output, workflowId: "video-1", force: false });
		const names = ["video.yaml", "audio.wav", "info.json", "transcript.json", "thumbnail"];
		expect(paths).toEqual(names.map((name) => join(output, "video-1", name)));
		expect(await readdir(output, { recursive: true })).toHaveLength(names.length + 1);
	});

	it.each(["../../etc", "..", ".", "/etc/passwd", "a/b", "a\\b", "", ".ssh", "x\u0000y", "ü", "a".repeat(300)])(
		"lies below it for the id %j",
		async (workflowId) => {
			const directory = directoryOf({ output: "/out", workflowId, force: false });
			expect(directory).toMatch(/^\/out(\/[\w.-]{1,100})?$/);
			expect(directory).not.toMatch(/\/\.|\.\.\//);
		},
	);

	it("replaces nothing without --force, a symbolic link neither", async () => {
		const output = await temporary();
		const destination = { output, workflowId: "video-1", force: false };
		await expect(assertFree(destination)).resolves.toBeUndefined();
		const [directory, outside] = [join(output, "video-1"), join(output, "outside")];
		await mkdir(directory);
		await writeFile(outside, "old");
		await symlink(outside, join(directory, "audio.wav"));
		const result = { video: object("a.mp4"), audio: object("a.wav") };
		await expect(assertFree(destination)).rejects.toMatchObject({ code: "output_exists" });
		await expect(saveResult(ports, result, destination)).rejects.toMatchObject({ code: "output_exists" });
		expect([await readFile(outside, "utf8"), await readdir(directory)]).toEqual(["old", ["audio.wav"]]);
		await saveResult(ports, result, { ...destination, force: true });
		expect(await readdir(directory)).toEqual(["audio.wav", "video.mp4"]);
	});

	it("finds nothing in what is no result", () => {
		for (const nothing of [null, "text", 1, [], { video: { key: 1 } }]) expect(objectsOf(nothing)).toEqual([]);
	});
});

it("T06: a fault of the own disk is not called one of the store", async () => {
	await using server = await serve((_request, response) => void response.end("abc"));
	const keys = { accessKey: new Secret("access-key"), secretKey: new Secret("secret-key") };
	const real = createStore(createS3({ endpoint: new URL(server.origin).host, secure: false, bucket: "cres", ...keys }));
	const directory = await temporary();
	expect(await real.save("a", join(directory, "a"), { signal })).toBe(3);
	const failing = { ["x".repeat(300)]: "ENAMETOOLONG", "no/such": "ENOENT" };
	for (const [name, code] of Object.entries(failing))
		await expect(real.save("a", join(directory, name), { signal })).rejects.toMatchObject({ code });
});
