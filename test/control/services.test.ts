import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readConfigText } from "../../src/config/faults.ts";
import { controlServices, inOrder } from "../../src/control/services.ts";
import { pickWithNeeds } from "../../src/control/pick.ts";

const yaml = (temporal: string, store: string, control = "") => `project: video
image: { repository: owner/worker }
registry: { push: { address: ghcr.io } }
temporal: { address: "${temporal}", namespace: video }
store: ${store}
${control}`;
function servicesOf(text: string, s3?: "minio" | "weed") {
	const read = readConfigText(text);
	if ("faults" in read) throw new Error(JSON.stringify(read.faults));
	const config = { ...read.settings, root: "/srv/app", state: "/srv/app/.cres/cres@video", temporalTls: undefined };
	return controlServices(config, { s3 });
}
const LOCAL = '{ endpoint: "127.0.0.1:9000" }';

describe("the defaults", () => {
	it("are a dev server and MinIO where cres.yaml places them on this machine", () => {
		const [temporal, store] = servicesOf(yaml("127.0.0.1:7233", LOCAL));
		expect(temporal).toMatchObject({ name: "temporal", ports: [7233], waitMs: 45_000, ready: { kind: "temporal" } });
		expect(temporal!.origin).toEqual({
			kind: "command",
			cwd: "/srv/app",
			argv: [
				...["temporal", "server", "start-dev", "--headless", "--log-level", "warn", "--ip", "127.0.0.1"],
				...["--port", "7233", "--namespace", "video"],
				...["--db-filename", "/srv/app/.cres/cres@video/control/temporal.db"],
			],
		});
		expect(store).toMatchObject({
			ports: [9000],
			waitMs: 45_000,
			origin: { argv: ["minio", "server", "/srv/app/.cres/cres@video/control/store", "--address", "127.0.0.1:9000"] },
			secrets: { MINIO_ROOT_USER: "MINIO_ACCESS_KEY", MINIO_ROOT_PASSWORD: "MINIO_SECRET_KEY" },
		});
	});

	it("take SeaweedFS where only that is there", () => {
		const store = servicesOf(yaml("127.0.0.1:7233", LOCAL), "weed")[1]!;
		expect(store.origin).toMatchObject({
			argv: expect.arrayContaining(["weed", "mini", "-ip.bind=127.0.0.1", "-s3.port=9000"]),
		});
	});

	it("are only asked where they are on another machine, or encrypted", () => {
		const kinds = servicesOf(yaml("10.0.0.5:7233", '{ endpoint: "127.0.0.1:9000", secure: true }')).map(
			({ origin }) => origin.kind,
		);
		expect(kinds).toEqual(["external", "external"]);
	});
});

it("fills in waits, health, ports and folders", () => {
	const control = `control:
  services:
    worker: { command: [node, w.js], cwd: app, env: { WORKER_INSTANCE_NAME: huihuang } }
    api: { command: [node, a.js], ready: { http: "http://[::1]:8000/health" } }
    far: { external: true, ready: { tcp: "10.0.0.5:5432" } }
`;
	expect(
		servicesOf(yaml("127.0.0.1:7233", LOCAL, control)).map(({ name, ready, ports, waitMs, at }) => ({
			name,
			ready,
			ports,
			waitMs,
			at,
		})),
	).toMatchInlineSnapshot(`
		[
		  {
		    "at": "workers cpu",
		    "name": "worker",
		    "ports": [],
		    "ready": {
		      "instance": "huihuang",
		      "kind": "pollers",
		      "roles": [
		        "cpu",
		      ],
		    },
		    "waitMs": 30000,
		  },
		  {
		    "at": "http://[::1]:8000/health",
		    "name": "api",
		    "ports": [
		      8000,
		    ],
		    "ready": {
		      "kind": "http",
		      "url": "http://[::1]:8000/health",
		    },
		    "waitMs": 60000,
		  },
		  {
		    "at": "10.0.0.5:5432",
		    "name": "far",
		    "ports": [],
		    "ready": {
		      "host": "10.0.0.5",
		      "kind": "tcp",
		      "port": 5432,
		    },
		    "waitMs": 60000,
		  },
		]
	`);
});

describe("the order", () => {
	const order = (graph: Record<string, string[]>) =>
		inOrder(Object.entries(graph).map(([name, after]) => ({ name, after }))).map(({ name }) => name);

	it("is that of the file but for what waits", () => {
		expect(order({ c: ["a"], a: [], b: [] })).toEqual(["a", "c", "b"]);
		expect(order({ a: [], b: [], c: [] })).toEqual(["a", "b", "c"]);
	});

	it("has each behind what it waits for, in any graph without a circle", () => {
		const graph = fc
			.array(fc.array(fc.nat(20)), { maxLength: 12 })
			.map((lists) =>
				Object.fromEntries(
					lists.map((after, at) => [`s${at}`, after.filter((one) => one < at).map((one) => `s${one}`)]),
				),
			);
		fc.assert(
			fc.property(graph, fc.func(fc.integer()), (given, key) => {
				const shuffled = Object.fromEntries(Object.entries(given).toSorted(([a], [b]) => key(a) - key(b)));
				const names = order(shuffled);
				expect(names.toSorted()).toEqual(Object.keys(given).toSorted());
				for (const [name, after] of Object.entries(given))
					for (const one of after) expect(names.indexOf(one)).toBeLessThan(names.indexOf(name));
			}),
		);
	});

	it("of one service has all that it needs, however far", () => {
		const opened = order({ c: ["b"], b: ["a"], a: [], d: [] }).map((name) => ({
			service: { name, after: { c: ["b"], b: ["a"] }[name] ?? [] },
		}));
		expect(pickWithNeeds(opened as never, ["c"]).map(({ service }) => service.name)).toEqual(["a", "b", "c"]);
	});
});
