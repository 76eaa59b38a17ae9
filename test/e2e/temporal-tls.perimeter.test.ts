import { readFileSync, statSync } from "node:fs";
import { Connection } from "@temporalio/client";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { makeDeployable, succeed, variable, type Deployable } from "../support/deployable.ts";
import { sdkConnection } from "../support/perimeter-temporal.ts";
import { TLS_FILES } from "../support/tls-front.ts";

const perimeter = inject("perimeter");
const NAME = "e2e-tls";
const { address, tls } = perimeter.temporal;
const trusted = sdkConnection(perimeter.temporal);
const theirs = { crt: readFileSync(TLS_FILES.certificate), key: readFileSync(TLS_FILES.key) };
const { clientCertPair: _own, ...anonymous } = trusted.tls;

/** Undefined, or why a client with these settings is not answered. */
async function refusal(settings: object): Promise<string | undefined> {
	const connection = Connection.lazy({ address, interceptors: [], ...settings });
	try {
		const asked = connection.withDeadline(Date.now() + 3_000, () => connection.workflowService.getSystemInfo({}));
		await asked;
		return undefined;
	} catch (error) {
		return (error as Error).message;
	} finally {
		await connection.close();
	}
}

describe("A1: the Temporal of a perimeter", () => {
	it("answers whoever has its client certificate", async () => {
		expect(await refusal(trusted)).toBeUndefined();
	});

	it.each([
		["without a certificate", { tls: anonymous }],
		["with a certificate of another CA", { tls: { ...trusted.tls, clientCertPair: theirs } }],
		["in clear", { tls: false }],
	])("refuses a client %s", async (_how, settings) => {
		expect(await refusal(settings)).toMatch(/UNAVAILABLE|DEADLINE_EXCEEDED/);
	});

	it.each(["127.0.0.1", perimeter.gateway])("is trusted under its address %s too", async (host) => {
		const { serverNameOverride: _name, ...unnamed } = trusted.tls;
		expect(await refusal({ address: `${host}:${address.split(":")[1]}`, tls: unnamed })).toBeUndefined();
	});

	it("keeps its keys from others", () => {
		expect(readFileSync(tls.key, "utf8")).toContain("PRIVATE KEY");
		for (const path of [tls.key, tls.key.replace("client-key", "server-key")])
			expect(statSync(path).mode & 0o777).toBe(0o600);
	});
});

describe("A1, T09: a deploy over mTLS", () => {
	let project: Deployable;
	beforeAll(async () => {
		project = await makeDeployable(perimeter, NAME);
	});
	afterAll(() => project.remove());

	it("hands the certificate to worker and api, and prints no key", async () => {
		expect(JSON.parse(await succeed(project.cres("deploy", NAME, "--json")))).toMatchObject({ outcome: "live" });
		expect(await project.status()).toMatchObject({ verdict: "ok" });
		const container = await project.only();
		expect(variable(container, "TEMPORAL_TLS_SERVER_NAME")).toBe(tls.server_name);
		const polls = JSON.parse(await succeed(project.cres("pollers", "--json"))) as { rows: object[] };
		expect(polls.rows.length).toBeGreaterThanOrEqual(2);
		const key = readFileSync(tls.key, "utf8").split("\n")[1]!;
		expect(key.length).toBeGreaterThan(40);
		for (const secret of ["PRIVATE KEY", key, variable(container, "TEMPORAL_TLS_KEY")!])
			expect(project.printed.join("\n")).not.toContain(secret);
	});
});
