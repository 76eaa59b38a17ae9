import { expect, it } from "vitest";
import { renderStatus, troubleOf, type BackendStatus } from "../../src/backend/status.ts";

const program = { pid: 7, restarts: 0, lastEnd: null, upMs: 1_000, fault: null };
const broker = {
	...program,
	name: "broker-0",
	state: "running" as const,
	server: "broker",
	port: 8001,
	modules: ["core"],
};
const gateway = { ...program, name: "nginx", state: "running" as const, host: "127.0.0.1", port: 8000 };

function status(server: Partial<typeof broker> | { state: "crash-loop" }, healthy = false): BackendStatus {
	const servers = [{ ...broker, ...server }];
	const logs = { reason: null, lostLines: 0 };
	const report = { phase: "up" as const, pid: 1, mark: "m", servers, gateway, logs };
	return { state: "up", healthy, report, orphans: [], gone: [], held: [], directory: "/x" };
}

it("says that a backend is up and not healthy, how the server ended, and what to read", () => {
	const sick = status({ state: "crash-loop", pid: null, lastEnd: "exit 7", fault: "ended (exit 7)" } as object);
	const lines = renderStatus(sick).split("\n");
	expect(lines[0]).toBe("the backend is up, but not healthy");
	expect(lines.find((line) => line.startsWith("broker-0"))).toMatch(/crash-loop .* ended \(exit 7\)/);
	expect(lines.at(-1)).toBe("next: cres backend logs --server broker-0");
	expect(troubleOf(sick)).toEqual(["broker-0 is crash-loop: ended (exit 7)"]);
});

it("says no more than that of one that is healthy", () => {
	const lines = renderStatus(status({}, true)).split("\n");
	expect([lines[0], lines.at(-1)]).toEqual(["the backend is up", expect.stringMatching(/^nginx /)]);
});
