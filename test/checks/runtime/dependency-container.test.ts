import { expect, it } from "vitest";
import { servingContainer } from "../../../src/checks/runtime/dependency-container.ts";
import type { Shell } from "../../../src/system/shell.ts";

const row = (over: Record<string, string>) =>
	JSON.stringify({ ID: "1", Names: "a", Image: "b", State: "running", Status: "Up 3 hours", Ports: "", ...over });
const rows = [
	row({ ID: "7", Names: "web", Ports: "0.0.0.0:7233->80/tcp" }),
	row({
		ID: "9",
		Names: "shop-temporal-1",
		Image: "temporalio/auto-setup",
		State: "exited",
		Status: "Exited (1) 2 min ago",
	}),
	"not JSON",
];
const shell = (listed: readonly string[]): Shell => ({
	run: async (_file, [verb]) => ({
		...{ exitCode: 0, stderr: verb === "logs" ? "no usable database connection found\n" : "" },
		stdout: verb === "ps" ? listed.join("\n") : "",
	}),
});
const { signal } = new AbortController();
const ask = (listed: readonly string[], address: string) =>
	servingContainer(shell(listed), { name: "temporal", address }, signal);

it("is who publishes the port, else one that has ended and is called like it, with its last words", async () => {
	expect(await ask(rows, "127.0.0.1:7233")).toMatchObject({ name: "web", state: "running" });
	expect(await ask(rows.slice(1), "127.0.0.1:7233")).toEqual({
		...{ name: "shop-temporal-1", image: "temporalio/auto-setup", state: "exited", exitCode: 1 },
		log: ["no usable database connection found"],
	});
});

it("is none of another machine, and none where no Docker answers", async () => {
	expect(await ask(rows, "temporal.example.com:7233")).toBeNull();
	const absent: Shell = { run: () => Promise.reject(new Error("spawn docker ENOENT")) };
	expect(await servingContainer(absent, { name: "store", address: "localhost:9000" }, signal)).toBeNull();
});
