import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { rehearsalPerimeter } from "../../rehearsal/perimeter-document.ts";
import { documentedFields } from "../support/documented-json.ts";
import { makeDeployable, succeed, type Deployable } from "../support/deployable.ts";

const perimeter = inject("perimeter");
const NAME = "json-1";
/** No worker on the gpu queue is needed for it. */
const DOWNLOAD = JSON.stringify({ url: perimeter.speech, until: "download" });
const documented = await documentedFields();
/** In an order in which each finds what it needs. `build` and `rehearse` have tests of their own. */
const COMMANDS: readonly (readonly [command: string, ...args: string[]])[] = [
	["init", "--dry-run"],
	["config"],
	["exit-codes"],
	["version"],
	["completion", "bash"],
	["control boot"],
	["control status"],
	["control stop"],
	["control logs"],
	["control install", "--dry-run"],
	["control prepare"],
	["doctor"],
	["deploy", NAME],
	["run", "video", "--input", DOWNLOAD, "--output", "result"],
	["status"],
	["lock show", NAME],
	["lock break", NAME, "--yes"],
	["pollers"],
	["logs", NAME],
	["releases"],
	["channels"],
	["prune registry", "--dry-run"],
	["prune instance", NAME, "--dry-run"],
	["restart", NAME],
	["stop", NAME],
	["start", NAME],
	["build", "app", "--push", "--allow-dirty"],
	["instance adopt", NAME, "--yes"],
	["instance list"],
	["instance remove", NAME, "--force", "--dry-run"],
	["job list", "--all"],
	["endpoint show"],
	["endpoint discover"],
	["endpoint rotate"],
	["ssh", NAME],
	["triage list"],
	["triage explain", "carriage-returns"],
	["perimeter show"],
	["perimeter check", "--running"],
	["triage facts"],
	["plan add", "--title", "T", "--objective", "o", "--change", "c", "--check", "file-exists docs", "--rollback", "r"],
	["plan show"],
	["plan lint"],
	["plan fmt", "--contents"],
	["plan verify"],
];

let project: Deployable;
beforeAll(async () => {
	project = await makeDeployable(perimeter, NAME);
	const { gateway, registry, temporal, store, speech } = perimeter;
	const port = (address: string): number => Number(/:(\d+)(?:\/|$)/.exec(address)![1]);
	const ports = {
		registry: port(registry.address),
		temporal: port(temporal.address),
		store: port(store.endpoint),
		media: port(speech),
	};
	const text = rehearsalPerimeter({ gateway, ports, instances: [NAME] });
	await writeFile(join(project.directory, "docs", "Perimeter.md"), text);
	await appendFile(join(project.directory, "cres.yaml"), "channels: [json]\n"); // other tests promote to canary
});
afterAll(() => project.remove());

describe("--json", () => {
	it.each(COMMANDS)("%s prints the fields that the guide documents", async (command, ...args) => {
		const printed = await succeed(project.cres(...command.split(" "), ...args, "--json"));
		expect(Object.keys(JSON.parse(printed) as object).toSorted()).toEqual(documented.get(command)?.toSorted());
	});

	it("of run names the files that it fetched", async () => {
		const args = ["run", "video", "--input", DOWNLOAD, "--output", join(project.directory, "again"), "--json"];
		const { saved, result } = JSON.parse(await succeed(project.cres(...args)));
		expect(saved).toHaveLength(3);
		expect(result).toMatchObject({
			durationSeconds: expect.any(Number),
			worker: expect.stringMatching(`^cpu@${NAME}/`),
		});
	});

	it("of a failure is an error with its code and the next command", async () => {
		const { exitCode, stdout } = await project.cres("deploy", "nowhere", "--json");
		expect([exitCode, JSON.parse(stdout)]).toEqual([
			2,
			{
				error: {
					code: "unknown_instance",
					message: "no instance is called nowhere",
					hint: `cres.yaml has: ${NAME}`,
				},
			},
		]);
	});
});
