import type { SmokePorts } from "../smoke/ports.ts";
import type { Shell } from "../system/shell.ts";
import { registryCredential } from "./open-registry.ts";

interface Given extends Pick<
	SmokePorts,
	"config" | "clock" | "processes" | "progress" | "signal" | "temporal" | "registry"
> {
	shell: Shell;
}

/** What a smoke test talks to: nothing is opened before it is asked for. */
export const openSmoke = (given: Given): SmokePorts => ({
	...given,
	credential: registryCredential(given.config),
	docker: async (ended) => (await import("../image/docker-cli.ts")).findDocker(given.shell, ended),
	s3: async () => (await import("../store/open.ts")).openS3(given.config),
	connectTemporal: async (options) => (await import("../temporal/temporal.ts")).connectTemporal(options),
	connectS3: async (options) => (await import("../store/s3.ts")).createS3(options),
});
