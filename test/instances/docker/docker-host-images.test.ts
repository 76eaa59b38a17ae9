import { describe, expect, it } from "vitest";
import { engineOfTest, failed } from "./engine-of-test.ts";

const IMAGE = "registry.test:5000/owner/worker@sha256:1";
const { engine, host, bodyOf } = engineOfTest();

describe("images", () => {
	it("of ours are listed", async () => {
		engine().replies["GET /images/json"] = [
			200,
			[
				{ Id: "i1", RepoDigests: [IMAGE], Created: 5, Labels: { a: "b" }, Size: 900, SharedSize: 600 },
				{ Id: "i2", RepoDigests: null, Created: 6, Labels: null, Size: 7, SharedSize: -1 },
			],
		];
		expect(await host().images("cres.build-id")).toEqual([
			{ id: "i1", references: [IMAGE], createdAt: 5, labels: { a: "b" }, bytes: 300 },
			{ id: "i2", references: [], createdAt: 6, labels: {}, bytes: 7 },
		]);
		expect(JSON.parse(engine().asked[0]!.query.get("filters")!)).toEqual({ label: ["cres.build-id"] });
		engine().replies["GET /images/json"] = [500, { message: "oops" }];
		await expect(host().images("x")).rejects.toMatchObject(failed("list images", /oops/));
	});

	it.each([
		[200, true],
		[404, true],
		[409, false],
	])("are removed, unless they are in use (%s)", async (status, removed) => {
		engine().replies[`DELETE /images/${IMAGE}`] = [status, status === 200 ? [] : { message: "no" }];
		expect(await host().removeImage(IMAGE)).toBe(removed);
	});

	it("that the daemon fails to remove are an error", async () => {
		engine().replies[`DELETE /images/${IMAGE}`] = [500, { message: "oops" }];
		await expect(host().removeImage(IMAGE)).rejects.toMatchObject(failed("remove an image", /oops/));
	});
});

describe("volumes", () => {
	const VOLUME = { Name: "v.1", Labels: { a: "b" }, CreatedAt: "2026-11-23T10:15:00Z" };
	const STATE = { name: "v.1", labels: { a: "b" }, createdAt: Date.UTC(2026, 10, 23, 10, 15) };

	it("are listed by their labels", async () => {
		engine().replies["GET /volumes"] = [200, { Volumes: [VOLUME, { Name: "v.2", Labels: null }] }];
		expect(await host().volumes({ a: "b" })).toEqual([STATE, { name: "v.2", labels: {}, createdAt: 0 }]);
		expect(JSON.parse(engine().asked[0]!.query.get("filters")!)).toEqual({ label: ["a=b"] });
		engine().replies["GET /volumes"] = [200, { Volumes: null }];
		expect(await host().volumes({})).toEqual([]);
	});

	it("are made once: whoever comes later gets the one that is there, in one question", async () => {
		engine().replies["POST /volumes/create"] = [201, VOLUME];
		expect(await host().createVolume("v.1", { mine: "1" })).toEqual(STATE);
		expect(bodyOf("POST /volumes/create")).toEqual({ Name: "v.1", Labels: { mine: "1" } });
		expect(engine().asked).toHaveLength(1);
	});

	it("are looked at where the daemon refuses to make one that is there, as Podman does", async () => {
		engine().replies["POST /volumes/create"] = [409, { message: "exists" }];
		engine().replies["GET /volumes/v.1"] = [200, VOLUME];
		expect(await host().createVolume("v.1", { mine: "1" })).toEqual(STATE);
	});

	it("that the daemon does not make or remove are an error", async () => {
		engine().replies["POST /volumes/create"] = [500, { message: "oops" }];
		engine().replies["GET /volumes/v.1"] = [200, VOLUME];
		await expect(host().createVolume("v.1", {})).rejects.toMatchObject(failed("make a volume", /oops/));
		engine().replies["DELETE /volumes/v.1"] = [409, { message: "in use" }];
		await expect(host().removeVolume("v.1")).rejects.toMatchObject(failed("remove a volume", /in use/));
		engine().replies["DELETE /volumes/v.1"] = [404, { message: "gone" }];
		await host().removeVolume("v.1");
	});
});
