import { expect, inject, it } from "vitest";
import { settingsFor } from "../support/cres.ts";
import { makeDeployable, succeed, variable } from "../support/deployable.ts";
import { TLS_FILES, tlsFront } from "../support/tls-front.ts";

const perimeter = inject("perimeter");
const NAME = "e2e-tls";

it("A1, T09: toolkit, worker and api reach a Temporal that asks for a client certificate", async () => {
	await using front = await tlsFront(perimeter.temporal.address, { mutual: true, host: perimeter.gateway });
	const settings = settingsFor(perimeter, NAME);
	const address = `${perimeter.gateway}:${front.port}`;
	const { ca, certificate: cert, key } = TLS_FILES;
	const tls = { ca, cert, key, server_name: "temporal.test" };
	const project = await makeDeployable(perimeter, NAME, { ...settings, temporal: { address, tls } });
	try {
		expect(JSON.parse(await succeed(project.cres("deploy", NAME, "--json")))).toMatchObject({ outcome: "live" });
		expect(await project.status()).toMatchObject({ verdict: "ok" });
		const container = await project.only();
		expect(variable(container, "TEMPORAL_TLS_SERVER_NAME")).toBe("temporal.test");
		const polls = JSON.parse(await succeed(project.cres("pollers", "--json"))) as { rows: object[] };
		expect(polls.rows.length).toBeGreaterThanOrEqual(2);
		expect(front.handshakes).toBeGreaterThan(2);
		const printed = project.printed.join("\n");
		expect(printed).not.toContain("PRIVATE KEY");
	} finally {
		await project.remove();
	}
});
