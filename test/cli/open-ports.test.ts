import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openMachine } from "../../src/cli/machine.ts";
import { openPorts, type Platforms } from "../../src/cli/open-ports.ts";
import { loadConfig } from "../../src/config/load.ts";
import { createSkew } from "../../src/system/clock.ts";
import { serve } from "../support/loopback-server.ts";
import { refusal } from "../support/refusal.ts";
import { ROOT } from "../support/sources.ts";

it("Ctrl-C ends calls to Temporal and Vast, but not those of a rollout that goes back", async () => {
	const { host, origin } = await serve(() => ({ status: 401, body: "{}" }));
	const directory = await mkdtemp(join(tmpdir(), "cres-ports-"));
	const settings = {
		...{ project: "app", image: { repository: "acme/worker" } },
		...{ registry: { push: { address: "registry.test" } }, temporal: { address: host } },
		store: { endpoint: "store.test:9000" },
	};
	await writeFile(join(directory, "cres.yaml"), JSON.stringify(settings));
	const environment = { VAST_API_KEY: "open-ports-key", VAST_URL: origin };
	const config = await loadConfig({ directory, environment });
	const stopped = AbortSignal.abort(new Error("stopped"));
	const shared = { machine: openMachine(ROOT, stopped), skew: createSkew(), closers: [] };
	const ports = openPorts(config, shared);
	const asked = ({ temporal, vast }: Platforms) => [
		temporal().then((it) => it.namespaceExists()),
		vast().then(({ api }) => api.contracts()),
	];
	await Promise.all(asked(ports).map((call) => expect(call).rejects.toThrow("stopped")));
	const codes = await Promise.all(asked(ports.lasting).map(async (call) => (await refusal(call)).code));
	expect(codes).toEqual(["temporal_unreachable", "vast_unauthorized"]);
});
