import { chmod, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/errors/errors.ts";
import { block, deployFirst, faultOf, inPhase, planFile, recordsOf, type Bench } from "./bench.ts";
import type { ControlHost } from "./control-host.ts";
import { fails } from "./interventions.ts";

const broken = () => new UserError("docker_failed", "the daemon gave up");

const releaseFile = ({ config }: ControlHost, name: string) => join(config.state, "releases", `${name}.jsonl`);

/** Going back never depends on keeping records. */
export function describeRecords(bench: () => Bench): void {
	describe("a journal that cannot be written", () => {
		it("from the start keeps the rollout from being begun", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			const folder = dirname(await host.journalFile(name));
			await rm(folder, { recursive: true });
			await writeFile(folder, "in the way");
			const failing = host.deploy(name, builds.second);
			await expect(failing).rejects.toMatchObject({
				code: expect.stringMatching(/EEXIST|ENOTDIR|file_unusable/) as unknown,
			});
			expect(host.watched.performed).toEqual([]);
			expect(await world.running(name)).toEqual([builds.first]);
			expect(await host.open(name).lease.holder()).toBeUndefined();
		});

		it("after a step makes it go back, and is told once", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			host.watched.interventions = [{ at: inPhase("swap"), after: async () => block(await host.journalFile(name)) }];
			const rollout = await host.deploy(name, builds.second);
			expect(rollout).toMatchObject({ outcome: "rolled-back", failure: { code: "file_unusable" } });
			expect(rollout.failure!.message).toContain("journal");
			expect(await world.running(name)).toEqual([builds.first]);
			expect(rollout.pollers.map(({ buildId }) => buildId)).toContain(builds.first);
			const told = host.notes.filter((note) => note.startsWith("the journal cannot be written: "));
			expect(told).toHaveLength(1);
			expect(rollout.seen).toContain(told[0]);
			expect(host.notes.join("\n")).toContain(`${name} is as it was before, but not all of it could be recorded`);
			expect((await host.releases(name)).at(-1)).toMatchObject({ buildId: builds.second, outcome: "rolled-back" });
			expect(await host.plan()).toContain(`Deploy ${name} to ${builds.second} failed`);
		});

		it("does not hide why the release failed", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			const after = async () => {
				await block(await host.journalFile(name));
				throw broken();
			};
			host.watched.interventions = [{ at: inPhase("prove"), after }];
			expect(await host.deploy(name, builds.second)).toMatchObject({ failure: { code: "docker_failed" } });
			expect(await world.running(name)).toEqual([builds.first]);
		});

		it("does not keep Ctrl-C from going back", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			const interrupt = new AbortController();
			const after = async () => {
				await block(await host.journalFile(name));
				interrupt.abort(new UserError("interrupted", "^C"));
			};
			host.watched.interventions = [{ at: inPhase("swap"), after }];
			const fault = await faultOf(host.deploy(name, builds.second, { signal: interrupt.signal }));
			expect(fault).toMatchObject({ code: "interrupted", message: "interrupted: the release before runs again" });
			expect(await world.running(name)).toEqual([builds.first]);
		});
	});

	describe("a release that is live but cannot be recorded", () => {
		it("in the releases says so; the other records are written", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			await block(releaseFile(host, name));
			await rm(releaseFile(host, name), { recursive: true });
			const before = async () => block(releaseFile(host, name));
			host.watched.interventions = [{ at: inPhase("prove"), before }];
			const fault = await faultOf(host.deploy(name, builds.second));
			expect(fault).toMatchObject({ code: "unrecorded", exit: 1 });
			expect(fault.message).toContain(`${name} runs ${builds.second}, but not all of it could be recorded`);
			expect(fault.message).toContain(releaseFile(host, name));
			expect(fault.hint).toBe(`put ${releaseFile(host, name)} right, then run the command again`);
			expect(await world.running(name)).toEqual([builds.second]);
			expect(await host.plan()).toContain(`Deploy ${name} to ${builds.second}`);
			expect((await host.journal(name)).at(-1)).toMatchObject({ event: "end", outcome: "live" });
		});

		it("in docs/PLAN.md prints the entry; the other records are written", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			await block(planFile(host));
			const fault = await faultOf(host.deploy(name, builds.second));
			expect(fault).toMatchObject({ code: "plan_unwritable", exit: 1 });
			expect(fault.message).toContain(`Deploy ${name} to ${builds.second}`);
			expect(await world.running(name)).toEqual([builds.second]);
			expect((await host.releases(name)).at(-1)).toMatchObject({ buildId: builds.second, outcome: "live" });
			expect((await host.journal(name)).at(-1)).toMatchObject({ event: "end", outcome: "live" });
		});

		it("anywhere names everything that could not be written", async () => {
			const { host, name, builds, world } = bench();
			const before = async () => {
				await block(releaseFile(host, name));
				await block(planFile(host));
			};
			host.watched.interventions = [{ at: inPhase("prove"), before }];
			const fault = await faultOf(host.deploy(name, builds.first));
			expect(fault).toMatchObject({ code: "unrecorded", exit: 1 });
			expect(fault.message).toContain(releaseFile(host, name));
			expect(fault.message).toContain("; ");
			expect(fault.message).toContain("docs/PLAN.md");
			expect(await world.running(name)).toEqual([builds.first]);
		});
	});

	describe("records that break when the release is live", () => {
		it("are all named", async () => {
			const { host, name, builds, world } = bench();
			const before = async () => {
				await block(await host.journalFile(name));
				await block(planFile(host));
			};
			host.watched.interventions = [{ at: inPhase("cleanup"), before }];
			const fault = await faultOf(host.deploy(name, builds.first));
			expect(fault).toMatchObject({ code: "unrecorded", exit: 1 });
			for (const part of ["PLAN.md could not be written", "; ", await host.journalFile(name)])
				expect(fault.message).toContain(part);
			expect(await world.running(name)).toEqual([builds.first]);
			expect((await host.releases(name)).at(-1)).toMatchObject({ outcome: "live" });
		});
	});

	describe("a rollback that cannot be recorded", () => {
		it("is still one: the old release runs, and the note says what is missing", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			await block(planFile(host));
			host.watched.interventions = [{ at: inPhase("prove"), after: fails(broken()) }];
			const rollout = await host.deploy(name, builds.second);
			expect(rollout).toMatchObject({ outcome: "rolled-back", failure: { code: "docker_failed" } });
			expect(host.notes.join("\n")).toContain("PLAN.md could not be written");
			expect(await world.running(name)).toEqual([builds.first]);
			expect((await host.releases(name)).at(-1)).toMatchObject({ outcome: "rolled-back" });
		});
	});

	describe("the records", () => {
		it("hold no secret, whatever an error says", async () => {
			const { host, name, builds } = bench();
			const secret = "suite-secret-key";
			host.watched.interventions = [
				{ at: inPhase("prove"), after: fails(new UserError("docker_failed", `denied: ${secret}`)) },
			];
			await host.deploy(name, builds.first);
			const texts = [await readFile(await host.journalFile(name), "utf8"), await host.plan()];
			for (const text of texts) {
				expect(text).toContain("denied: ");
				expect(text).not.toContain(secret);
			}
		});

		it("keep the mode of docs/PLAN.md", async () => {
			const { host, name, builds } = bench();
			await chmod(planFile(host), 0o660);
			await host.deploy(name, builds.first);
			const { mode } = await stat(planFile(host));
			expect(mode & 0o777).toBe(0o660);
			expect((await recordsOf(host, name)).entries).toEqual([`Deploy ${name} to ${builds.first}`]);
		});
	});
}
