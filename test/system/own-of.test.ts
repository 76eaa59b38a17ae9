import { describe, expect, it } from "vitest";
import { flavourOf } from "../../src/image/resolve-image.ts";
import { checkEndpoints } from "../../src/perimeter/agreement.ts";
import { sectionsOf } from "../../src/perimeter/tables.ts";
import { keysBelow } from "../../src/smoke/objects.ts";
import type { S3 } from "../../src/store/s3.ts";
import { ownOf } from "../../src/system/own-of.ts";

const INHERITED = Object.getOwnPropertyNames(Object.prototype);
const instance = { driver: "docker", flavour: "cuda", host: "h", port: 22, user: "root", key: "k", roles: ["cpu"] };

describe.each(INHERITED)("T19: %s", (name) => {
	it("is in no table that does not have it", () => {
		expect([ownOf({}, name), ownOf({ [name]: 1 }, name)]).toEqual([undefined, 1]);
	});

	it("is no instance that nobody configured", () => {
		const instances = { "gpu-1": instance } as unknown as Parameters<typeof flavourOf>[0]["instances"];
		expect(flavourOf({ instances }, ["gpu-1", name])).toBe("cuda");
	});

	it("is an instance without an endpoint until one is on record", () => {
		const instances = Object.fromEntries([[name, instance]]) as unknown as Parameters<typeof checkEndpoints>[1];
		expect(checkEndpoints({ endpoints: [] }, instances, {})).toEqual([]);
	});

	it("is no entity of Markdown or XML", async () => {
		const text = `## A\n\n| a |\n| --- |\n| &${name}; |\n`;
		expect(sectionsOf(text)[0]!.tables[0]!.rows[0]!.cells[0]!.text).toBe(`&${name};`);
		const content = Buffer.from(`<Key>x/&${name};</Key>`);
		const call = async () => ({ status: 200, ok: true, headers: {}, content });
		const s3: S3 = { endpoint: "s3.test:9000", bucket: "b", call };
		expect(await keysBelow(s3, "x/", new AbortController().signal)).toEqual([`x/&${name};`]);
	});
});
