import type { Config } from "../config/config.ts";
import type { DockerClient } from "../image/docker-cli.ts";
import type { RegistryCredential } from "../registry/auth.ts";
import type { Registry } from "../registry/registry.ts";
import type { S3, S3Options } from "../store/s3.ts";
import type { Clock } from "../system/clock.ts";
import type { Processes } from "../system/processes.ts";
import type { Progress } from "../system/progress.ts";
import type { Temporal, TemporalOptions } from "../temporal/temporal.ts";

/** What a smoke test talks to. */
export interface SmokePorts {
	config: Config;
	clock: Clock;
	progress: Progress;
	signal: AbortSignal;
	/** Processes of this machine: who else runs a smoke test here. */
	processes: Pick<Processes, "find">;
	/** The registry as the operator addresses it. */
	registry(): Promise<Registry>;
	/** For the daemon, which pulls from that registry. */
	credential: RegistryCredential | undefined;
	/** The operator's Docker daemon. @throws UserError docker_missing, docker_unreachable */
	docker(signal: AbortSignal): Promise<Pick<DockerClient, "host" | "context">>;
	/** Temporal and store of cres.yaml. */
	temporal(): Promise<Temporal>;
	s3(): Promise<S3>;
	/** Any other ones. */
	connectTemporal(options: TemporalOptions): Promise<Temporal>;
	connectS3(options: S3Options): Promise<S3>;
}
