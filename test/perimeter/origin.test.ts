import { describe, expect, it } from "vitest";
import { createOrigins } from "../../src/perimeter/origin.ts";

const yaml = `project: video
temporal:
  address: "127.0.0.1:7233"
  instance_address: "203.0.113.10:7233"
store: { endpoint: "127.0.0.1:9000" }
env:
  REINDEX_URL: http://203.0.113.10:8100
  A: "1"
instances:
  gpu-1:
    driver: vast
    env:
      A: "2"
  "gpu-2": { driver: vast }
`;
const dotenv = "# A=\nMINIO_ACCESS_KEY=a\nexport MINIO_SECRET_KEY = b\r\nMINIO_ACCESS_KEY=c\n";
const environment = [
	{ name: "MINIO_ACCESS_KEY", source: ".env" as const, secret: true },
	{ name: "MINIO_SECRET_KEY", source: ".env" as const, secret: true },
	{ name: "OTHER_KEY", source: "environment" as const, secret: true },
];

describe.each([
	["LF", yaml, dotenv],
	["CRLF and a byte-order mark", `\uFEFF${yaml.replaceAll("\n", "\r\n")}`, dotenv],
])("origins in a file with %s", (_name, text, env) => {
	const origins = createOrigins("cres.yaml", text, env, { environment });

	it.each([
		["gpu-1", "A", 13],
		["gpu-2", "A", 8],
		["gpu-1", "REINDEX_URL", 7],
		["gpu-1", "TEMPORAL_ADDRESS", 4],
		["gpu-1", "MINIO_ENDPOINT", 5],
		["gpu-1", "WORKER_MODE", 10],
		["gpu-2", "MINIO_BUCKET", 14],
		["gpu-3", "MINIO_BUCKET", null],
	])("%s gets %s from line %s", (instance, name, line) => {
		expect(origins.variable(instance, name)).toEqual({ file: "cres.yaml", line });
	});

	it("finds settings, and secrets at the line that counts", () => {
		expect(origins.setting(["temporal", "address"])).toEqual({ file: "cres.yaml", line: 3 });
		expect(origins.setting(["temporal", "namespace"])).toEqual({ file: "cres.yaml", line: null });
		expect(["MINIO_ACCESS_KEY", "MINIO_SECRET_KEY", "OTHER_KEY"].map((name) => origins.secret(name))).toEqual([
			{ file: ".env", line: 4 },
			{ file: ".env", line: 3 },
			{ file: "environment", line: null },
		]);
	});
});

it("finds nothing in a file that is no YAML", () => {
	expect(createOrigins("cres.yaml", "a: [", "", { environment: [] }).setting(["a", "b"]).line).toBeNull();
});
