import { renderRunSpec } from "../rollout/run-spec.ts";
import type { Secret } from "../secrets/secret.ts";
import type { World } from "./world.ts";

/** The clip is served in the container itself, where jobs reach nothing else that is private. */
const EGRESS = "127.0.0.1/32";

/** What the container under test is given: what a deploy gives an instance, with queues and name of this smoke test. */
export function environmentOf(world: World): {
	env: Readonly<Record<string, string>>;
	secrets: Readonly<Record<string, Secret>>;
} {
	const { ports, queue, name, roles, pretended } = world;
	const { settings, secrets } = world.dependencies!;
	const own = {
		EGRESS_ALLOW: EGRESS,
		MINIO_CACHE_PREFIX: "off",
		API_ROLE: "compute",
		REINDEX_URL: "", // what an untested image does stays out of the live index
		...(pretended ? { GPU_PRETEND: "1" } : {}),
	};
	const config = { ...ports.config, ...settings, queue };
	const { env } = renderRunSpec(config, name, { roles: [...roles], env: own }, {}, false);
	return { env, secrets };
}
