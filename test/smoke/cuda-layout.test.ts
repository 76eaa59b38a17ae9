import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BUILD_INFO_PATH } from "../../src/contracts/build-info.ts";
import { layout } from "../../src/smoke/rungs/layout.ts";
import type { World } from "../../src/smoke/world.ts";
import { ROOT } from "../support/sources.ts";
import { BUILD, makeSmokeWorld } from "./smoke-world.ts";

const lock = JSON.parse(await readFile(join(ROOT, "images/cuda/lock.json"), "utf8")) as {
	packages: { name: string }[];
};
const NAMES = lock.packages.map(({ name }) => name);
const INFO = JSON.stringify({ buildId: BUILD, revision: "r", version: "1", created: "c" });
const entryOf = (name: string, status = "install ok installed") => `Package: ${name}\nStatus: ${status}\nVersion: 1\n`;

/** What the rung says of an image whose dpkg lists this. */
const look = (flavour: string, dpkg: readonly string[]) => {
	const files: Record<string, string> = { [BUILD_INFO_PATH]: INFO, "/var/lib/dpkg/status": dpkg.join("\n") };
	const engine = {
		create: async () => "app",
		has: async () => true,
		read: async (_: string, path: string) => files[path],
	};
	const image = { flavour, buildId: BUILD };
	const dependencies = { settings: {}, secrets: {} };
	const { ports } = makeSmokeWorld();
	const own = { ports, dependencies, labels: {}, role: "cpu", roles: ["cpu"], queue: "smoke", name: "smoke-1" };
	const world = { ...own, engine, image };
	const signal = new AbortController().signal;
	return layout.run(world as unknown as World, { signal, limitMs: 1_000, report: () => {} });
};

describe("the layout of an image of the flavour cuda", () => {
	it("has every package that the lock file pins", async () => {
		expect(
			await look(
				"cuda",
				NAMES.map((name) => entryOf(name)),
			),
		).toMatchObject({
			...{ status: "ok", observed: expect.stringContaining(`${NAMES.length} packages of the flavour cuda`) as string },
		});
	});

	it("that lacks one, or has only its settings, is refused by its name", async () => {
		const [first, second, ...others] = NAMES;
		const dpkg = [entryOf(second!, "deinstall ok config-files"), ...others.map((name) => entryOf(name))];
		const { status, observed } = await look("cuda", dpkg);
		expect(status).toBe("fail");
		expect(observed).toContain(first);
		expect(observed).toContain(second);
	});

	it("is not asked of the flavour cpu", async () => {
		expect(await look("cpu", [])).toMatchObject({ status: "ok" });
	});
});
