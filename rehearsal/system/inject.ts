import type Docker from "dockerode";
import { LABEL } from "../../src/contracts/labels.ts";
import { UserError } from "../../src/errors/errors.ts";
import type { Shell } from "../../src/system/shell.ts";
import { SYSTEM_FAULTS, type SystemFault, type SystemFaultName } from "./faults.ts";

/** A container of a host with a Docker daemon of its own. */
export interface FaultyInstance {
	docker: Docker;
	shell: Shell;
	project: string;
	instance: string;
	/** Address at which its containers reach Temporal and the store. */
	gateway: string;
}

const STOP_SECONDS = 5;

/** Makes the instance fail so, now. @throws UserError rehearsal_failed */
export const injectFault = (at: FaultyInstance, name: SystemFaultName): Promise<void> =>
	perform(at, SYSTEM_FAULTS[name], "inject");

/** Undoes it; what was not done is undone without harm. */
export const healFault = (at: FaultyInstance, name: SystemFaultName): Promise<void> =>
	perform(at, SYSTEM_FAULTS[name], "heal");

async function perform(at: FaultyInstance, fault: SystemFault, what: "inject" | "heal"): Promise<void> {
	const { id, pid, isReadOnly } = await containerOf(at);
	const container = at.docker.getContainer(id);
	if (fault.where === "daemon")
		return void (what === "inject" ? await container.stop({ t: STOP_SECONDS }) : await container.start());
	if (fault.where === "network") return cut(at, pid, fault[what]);
	if (fault.where !== "files" || !isReadOnly) return run(at, id, fault[what]);
	await remount(at, pid, "rw");
	try {
		await run(at, id, fault[what]);
	} finally {
		await remount(at, pid, "ro");
	}
}

interface Found {
	id: string;
	pid: number;
	isReadOnly: boolean;
}

/** The newest container of the instance, running or not. */
async function containerOf({ docker, project, instance }: FaultyInstance): Promise<Found> {
	const label = [`${LABEL.project}=${project}`, `${LABEL.instance}=${instance}`];
	const [found] = await docker.listContainers({ all: true, filters: { label } });
	if (found) {
		const { State, HostConfig } = await docker.getContainer(found.Id).inspect();
		return { id: found.Id, pid: State.Pid, isReadOnly: HostConfig.ReadonlyRootfs === true };
	}
	throw new UserError("rehearsal_failed", `there is no container of ${instance} to make fail`, {
		hint: "cres rehearse deploys one",
	});
}

/** The kernel refuses the way to the gateway, in the container's own network namespace (ip-route(8), prohibit). */
async function cut({ shell, gateway }: FaultyInstance, pid: number, verb: string): Promise<void> {
	const argv = ["--target", String(pid), "--net", "ip", "route", verb, "prohibit", `${gateway}/32`];
	const { exitCode, stderr } = await shell.run("nsenter", argv);
	if (exitCode !== 0 && verb === "add") throw new UserError("rehearsal_failed", `nsenter: ${stderr.trim()}`);
}

/** Docker makes the mount of the container's own files read-only, not what lies below it (mount(2), MS_BIND). */
async function remount({ shell }: FaultyInstance, pid: number, mode: "rw" | "ro"): Promise<void> {
	const argv = ["--target", String(pid), "--mount", "mount", "-o", `remount,bind,${mode}`, "/"];
	const { exitCode, stderr } = await shell.run("nsenter", argv);
	if (exitCode !== 0) throw new UserError("rehearsal_failed", `nsenter: ${stderr.trim()}`);
}

async function run({ docker, instance }: FaultyInstance, id: string, script: string): Promise<void> {
	const exec = await docker
		.getContainer(id)
		.exec({ Cmd: ["sh", "-c", script], AttachStdout: true, AttachStderr: true, Tty: true });
	const stream = await exec.start({ hijack: true, stdin: false });
	const words: string[] = [];
	for await (const part of stream) words.push(String(part));
	const { ExitCode } = await exec.inspect();
	if (ExitCode === 0) return;
	const said = words.join("").trim().slice(0, 300);
	throw new UserError("rehearsal_failed", `the fault could not be made on ${instance}: exit ${ExitCode}, ${said}`);
}
