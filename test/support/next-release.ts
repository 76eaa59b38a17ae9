import { digestOf } from "../../src/registry/image-reference.ts";
import type { NextRelease } from "../../src/rollout/wanted.ts";

/** A release of the build `b`, for plans; what a test is about is given. */
export const nextRelease = (change: Partial<NextRelease> = {}): NextRelease => ({
	image: {
		...{ repository: "cres/worker", digest: digestOf(`sha256:${"b".repeat(64)}`), buildId: "b", flavour: "cpu" },
		...{ revision: "r", platform: "linux/amd64", compressedBytes: 100e6, created: "", version: "1" },
	},
	reference: "registry.test/cres/worker:b-b",
	spec: { env: { A: "1" }, secrets: { KEY: "f1" }, roles: ["cpu"], gpu: false },
	specHash: "s1",
	...change,
});
