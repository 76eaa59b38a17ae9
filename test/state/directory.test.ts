import { mkdir, readFile, readdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { adoptEarlierState, sharedLock, stateDirectory } from "../../src/state/directory.ts";
import { temporaryDirectory } from "./temporary.ts";

describe("stateDirectory", () => {
	it.each([
		["/work/app/cres.yaml", "default", "/work/app/.cres/cres@default"],
		["/work/app/staging.yml", "default", "/work/app/.cres/staging@default"],
		["/work/app/cres.yaml", "team a/b%é", "/work/app/.cres/cres@team%20a%2Fb%25%C3%A9"],
		["/work/app/cres.yaml.old", "tab\there", "/work/app/.cres/cres.yaml.old@tab%09here"],
		["/work/app/prod.eu", "ns_1.x-y", "/work/app/.cres/prod.eu@ns_1.x-y"],
	])("of %s and %s is %s", (file, namespace, directory) => {
		expect(stateDirectory(file, namespace)).toBe(directory);
	});

	it("is another one for each namespace, always one folder deep", () => {
		const namespaces = fc.uniqueArray(fc.string({ minLength: 1, unit: "grapheme" }), { minLength: 2, maxLength: 2 });
		fc.assert(
			fc.property(namespaces, ([one, other]) => {
				const [first, second] = [stateDirectory("/a/cres.yaml", one!), stateDirectory("/a/cres.yaml", other!)];
				expect(first).not.toBe(second);
				expect([dirname(first), dirname(second)]).toEqual(["/a/.cres", "/a/.cres"]);
			}),
		);
	});
});

it("keeps the locks that all configuration files of a folder share beside their states", () => {
	expect(sharedLock("/work/app", "plan")).toBe("/work/app/.cres/shared/plan");
});

const RECORDS = {
	"leases/cpu-1.json": "{}",
	"journal/cpu-1/1.jsonl": "a",
	"releases/cpu-1.jsonl": "b",
	"rotations/gpu-1.json": "c",
	"endpoints.json": "d",
	"endpoint-history.jsonl": "e",
	"host-keys.json": "f",
	"last-build.json": "g",
	"last-build-cuda.json": "h",
	known_hosts: "i",
	".env.bak-20260304T050607.089": "j",
};
const OTHERS = { "venv/bin/python": "k", "whisper/x": "l", "models/m": "m", "rehearsal/state": "n", "plan.lock": "o" };
const NAMES = [...new Set(Object.keys(RECORDS).map((name) => name.split("/")[0]!))].toSorted();

describe("adoptEarlierState", () => {
	let folder: string;
	let state: string;
	beforeEach(async () => {
		folder = join(await temporaryDirectory(), ".cres");
		state = join(folder, "cres@default");
		await lay({ ...RECORDS, ...OTHERS });
	});
	const lay = async (files: Readonly<Record<string, string>>, below = folder) => {
		for (const [name, text] of Object.entries(files)) {
			await mkdir(dirname(join(below, name)), { recursive: true });
			await writeFile(join(below, name), text);
		}
	};
	const expectAll = async () => {
		for (const [name, text] of Object.entries(RECORDS)) expect(await readFile(join(state, name), "utf8")).toBe(text);
		const left = [...new Set(Object.keys(OTHERS).map((name) => name.split("/")[0]!))];
		expect((await readdir(folder)).toSorted()).toEqual([...left, "cres@default"].toSorted());
	};

	it("moves the records of version 0.1 and nothing else, once", async () => {
		expect(await adoptEarlierState(state)).toEqual(NAMES);
		await expectAll();
		expect(await adoptEarlierState(state)).toEqual([]);
		await expectAll();
	});

	it("moves each once when many do it at the same time", async () => {
		const moved = await Promise.all(Array.from({ length: 8 }, () => adoptEarlierState(state)));
		expect(moved.flat().toSorted()).toEqual(NAMES);
		await expectAll();
	});

	it("completes what was cut off", async () => {
		await mkdir(`${state}.moving`);
		await rename(join(folder, "journal"), join(`${state}.moving`, "journal"));
		expect(await adoptEarlierState(state)).toEqual(NAMES.filter((name) => name !== "journal"));
		await expectAll();
	});

	it("leaves them for the default configuration file, and a state that is there as it is", async () => {
		expect(await adoptEarlierState(join(folder, "staging@default"))).toEqual([]);
		expect(await adoptEarlierState(join(folder, "elsewhere", "cres@default"))).toEqual([]);
		await mkdir(state);
		expect(await adoptEarlierState(state)).toEqual([]);
		expect(await readFile(join(folder, "endpoints.json"), "utf8")).toBe("d");
	});

	it("leaves what lies beside a state that is not below .cres", async () => {
		const elsewhere = join(await temporaryDirectory(), "records");
		await lay({ "endpoints.json": "d" }, elsewhere);
		expect(await adoptEarlierState(join(elsewhere, "cres@default"))).toEqual([]);
		expect(await readdir(elsewhere)).toEqual(["endpoints.json"]);
	});

	it("fails, and keeps them, where one cannot be moved", async () => {
		await lay({ "endpoints.json/of another": "x" }, `${state}.moving`);
		await expect(adoptEarlierState(state)).rejects.toMatchObject({ code: "EISDIR" });
		expect(await readFile(join(folder, "endpoints.json"), "utf8")).toBe("d");
	});

	it("fails where the folder cannot be looked into", async () => {
		const root = await temporaryDirectory();
		await writeFile(join(root, ".cres"), "no folder");
		await expect(adoptEarlierState(join(root, ".cres", "cres@default"))).rejects.toMatchObject({ code: "ENOTDIR" });
	});

	it("makes nothing where there is nothing", async () => {
		const none = join(await temporaryDirectory(), ".cres", "cres@default");
		expect(await adoptEarlierState(none)).toEqual([]);
		expect(await readdir(dirname(dirname(none)))).toEqual([]);
	});
});
