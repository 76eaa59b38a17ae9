import { afterAll, beforeAll, expect, it } from "vitest";
import { startControl } from "../../rehearsal/github/control.ts";
import { EVERYTHING, startGitHub, type GitHubDouble } from "../../rehearsal/github/start.ts";

let double: GitHubDouble;
let control: Awaited<ReturnType<typeof startControl>>;
beforeAll(async () => {
	double = await startGitHub({ tokens: { secret: EVERYTHING } });
	control = await startControl(double, 0, "secret");
});
afterAll(async () => {
	await control.close();
	await double.close();
});

async function steer(method: string, path: string, body?: object, token = "secret") {
	const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
	const sent = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
	const answer = await fetch(`http://127.0.0.1:${control.port}${path}`, sent);
	return { status: answer.status, body: (await answer.json()) as any };
}

it("commits and runs are made and go on by its control port", async () => {
	const { body: made } = await steer("POST", "/commits", { repository: "acme/worker" });
	const { body: run } = await steer("POST", "/runs", { repository: "acme/worker", sha: made.sha });
	expect(await steer("PATCH", "/runs", { id: run.id, do: "begin" })).toMatchObject({ body: { status: "in_progress" } });
	expect(await steer("PATCH", "/runs", { id: run.id, do: "failure", step: "cres smoke" })).toMatchObject({
		body: { status: "completed", conclusion: "failure", attempt: 1 },
	});
	expect(await steer("PATCH", "/runs", { id: run.id, do: "rerun" })).toMatchObject({
		body: { status: "queued", attempt: 2 },
	});
	expect(await steer("PATCH", "/runs", { id: 1, do: "begin" })).toEqual({
		status: 400,
		body: { error: "there is no run 1" },
	});
});

it("faults are set, listed and cleared, by names that there are", async () => {
	expect((await steer("PUT", "/faults", { name: "bad-gateway", times: 2 })).body).toEqual({
		faults: [{ name: "bad-gateway", left: 2 }],
	});
	expect((await steer("PUT", "/faults", { name: "nothing" })).status).toBe(400);
	expect((await steer("DELETE", "/faults", {})).body).toEqual({ faults: [] });
});

it("nobody steers it without the token", async () => {
	expect((await steer("GET", "/requests", undefined, "other")).status).toBe(401);
	expect((await steer("GET", "/requests")).body).toEqual({ requests: double.requests });
});
