import { expect, it } from "vitest";
import { CONFINED, confinement, writesOf } from "../../src/contracts/container.ts";

it("A8: a container is read-only but for what its image says that it writes, and for what settings place elsewhere", () => {
	const env = { MODELS_DIR: "/models/", TMPDIR: "/tmp/jobs" };
	const { HostConfig, ...more } = confinement({ env, writes: ["/tmp", "/workspace"] });
	expect(more).toEqual({ Volumes: { "/tmp": {}, "/workspace": {}, "/models": {} } });
	expect(HostConfig).toEqual({
		...{ ...CONFINED, ReadonlyRootfs: true },
		Tmpfs: { "/run": "rw,nosuid,nodev,noexec,mode=755,size=64m" },
	});
});

it("A8: settings that name no folder of their own add none", () => {
	for (const MODELS_DIR of ["/workspace/packages/models", "/workspace", "models", "/", ""])
		expect(confinement({ writes: ["/workspace"], env: { MODELS_DIR } })).toMatchObject({
			Volumes: { "/workspace": {} },
		});
	expect(confinement({ writes: ["/work"], env: { TMPDIR: "/workspace" } })).toMatchObject({
		Volumes: { "/work": {}, "/workspace": {} },
	});
});

it("A8: a container of an image that does not say is confined as before", () => {
	expect(confinement({ env: { MODELS_DIR: "/models" } })).toEqual({ HostConfig: CONFINED });
	expect(writesOf(undefined)).toBeUndefined();
});
