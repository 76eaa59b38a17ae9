import { HEALTH_PROGRAM, type Health } from "../../src/contracts/health.ts";
import { parseOnStart } from "../../src/contracts/vast.ts";
import { WRONG_BUILD_ID, type GenerationSpec, type SimulatedPoller } from "./backing.ts";
import type { HostKey, Answer } from "./ssh-server.ts";

type WorkerState = "RUNNING" | "STARTING" | "STOPPED" | "BACKOFF" | "none";

/** A container that is told as data: what is in it, what it printed, what its worker does. */
export interface SimulatedContainer {
	spec: GenerationSpec;
	containerId: string;
	hostKey: HostKey;
	log: string[];
	/** False after a stop. */
	up: boolean;
	worker: WorkerState;
	workerPid: number;
	/** Platform time since when the worker is in its state. */
	since: number;
	/** Keys attached since it was made. */
	authorized: string[];
}

/** What the program under /app says of itself. */
function buildIdOf({ spec }: SimulatedContainer): string {
	return spec.quirks.wrongBuild ? WRONG_BUILD_ID : (spec.image.buildId ?? "");
}

const buildInfo = (container: SimulatedContainer): string =>
	JSON.stringify({
		buildId: buildIdOf(container),
		revision: "simulated",
		version: "0.0.0",
		created: "2026-01-01T00:00:00Z",
	});

/** Lines that the sshd and the on-start print into the container's log at each start; `hostKey` is a fingerprint. */
export function startUpLines(spec: GenerationSpec, hostKey: string): string[] {
	const lines = [`host key ${hostKey} (ED25519)`];
	if (spec.quirks.badModes && !mendsModes(spec))
		lines.push("Authentication refused: bad ownership or modes for directory /root/.ssh");
	const rollout = rolloutOf(spec);
	if (rollout !== undefined) lines.push(`cres-host-key ${rollout} ${hostKey}`);
	return lines;
}

/** True when the on-start sets the modes of /root/.ssh right. */
export const mendsModes = ({ onstart }: GenerationSpec): boolean => /chmod[^\n]*\.ssh/.test(onstart ?? "");

/** The word after `cres-host-key` in the on-start, variables of the script and of the environment put in. */
function rolloutOf({ onstart, env }: GenerationSpec): string | undefined {
	const word = /cres-host-key (?:%s[^'"\n]*['"] +)?["']?(?<word>[^\s"';]+)/.exec(onstart ?? "")?.groups?.["word"];
	const name = /^\$\{?(\w+)\}?$/.exec(word ?? "")?.[1];
	if (name === undefined) return word;
	const assigned = new RegExp(`^\\s*(?:export )?${name}=["']?([^"'\\s]*)`, "m").exec(onstart ?? "")?.[1];
	return assigned ?? env[name];
}

/** True when the on-start boots the image's programs. */
export const startsWorker = ({ onstart }: GenerationSpec): boolean => /supervisor|\/app\/boot/.test(onstart ?? "");

/** Answers what cres asks over ssh from what is known of the container; a word that it does not know exits 127. */
export function answer(container: SimulatedContainer, command: string, now: number): Answer {
	const { stdout, ...rest } = answerQuiet(container, command, now);
	const noisy = container.spec.quirks.tmuxNoise && !(container.spec.onstart ?? "").includes(".no_auto_tmux");
	const noise = noisy ? "open terminal failed: not a terminal\nduplicate session: ssh_tmux\n" : "";
	return { stdout: noise + stdout, ...rest };
}

function answerQuiet(container: SimulatedContainer, command: string, now: number): Answer {
	if (command.includes("cres-probe-begin")) return { stdout: probe(container), exitCode: 0 };
	if (command.includes(HEALTH_PROGRAM)) return health(container);
	if (command.includes("/environ")) return { stdout: environ(container, command), exitCode: 0 };
	if (command.includes("supervisorctl")) return supervisorctl(container, command, now);
	if (/\btail -/.test(command)) {
		const header = command.includes("tail -v") ? "==> /var/log/cres/worker-cpu.log <==\n" : "";
		return { stdout: `${header}the worker is ${container.worker}\n`, exitCode: 0 };
	}
	if (/^(sh -c )?['"]?(true|:|exit 0)\b/.test(command)) return { stdout: "", exitCode: 0 };
	return { stdout: "", stderr: "sh: not found: the state backing has no shell\n", exitCode: 127 };
}

function probe(container: SimulatedContainer): string {
	const { spec, containerId, worker, workerPid } = container;
	const facts = {
		container_id: spec.env["CONTAINER_ID"],
		rollout: parseOnStart(spec.onstart)?.rollout ?? "",
		worker_container: containerId.slice(0, 8),
		build_info: buildInfo(container),
		worker,
		worker_pid: worker === "RUNNING" ? workerPid : "",
	};
	const lines = Object.entries(facts).map(([name, value]) => `${name}=${value}`);
	return ["cres-probe-begin", ...lines, "cres-probe-end", ""].join("\n");
}

/** What the api of a compute node says when all is well. */
function health(container: SimulatedContainer): Answer {
	if (container.worker === "none") return { stdout: "", stderr: "connect ECONNREFUSED\n", exitCode: 1 };
	const all = { api: "ok", temporal: "ok", minio: "ok", llama: "ok", whisper: "ok" } as const;
	const answer: Health = { role: "compute", ...all, reasons: {}, pretended: true, buildId: buildIdOf(container) };
	return { stdout: `${JSON.stringify(answer)}\n`, exitCode: 0 };
}

function supervisorctl(container: SimulatedContainer, command: string, now: number): Answer {
	if (container.worker === "none") return { stdout: "unix:///run/supervisor.sock no such file\n", exitCode: 4 };
	const verb = /\b(stop|start|restart|status|pid)\b(?=[^\n]*\bworkers?\b)/.exec(command)?.[1];
	if (verb === "stop") return setWorker(container, "STOPPED", now, "worker: stopped\n");
	if (verb === "start" || verb === "restart") {
		const crashes = container.spec.quirks.crashLoop;
		if (crashes) return { ...setWorker(container, "BACKOFF", now, "worker: ERROR (spawn error)\n"), exitCode: 7 };
		return setWorker(container, "RUNNING", now, "worker: started\n");
	}
	if (verb === "pid") return { stdout: `${container.worker === "RUNNING" ? container.workerPid : 0}\n`, exitCode: 0 };
	const uptime = container.worker === "RUNNING" ? `pid ${container.workerPid}, uptime 0:00:05` : "";
	return { stdout: `worker   ${container.worker}   ${uptime}\n`, exitCode: container.worker === "RUNNING" ? 0 : 3 };
}

function setWorker(container: SimulatedContainer, worker: WorkerState, now: number, stdout: string): Answer {
	if (container.worker !== worker)
		Object.assign(container, { worker, since: now, workerPid: container.workerPid + 10 });
	return { stdout, exitCode: 0 };
}

/** NUL between the entries, or newlines where the command turns them; of the worker's there is none while it does not run. */
function environ({ spec, worker }: SimulatedContainer, command: string): string {
	if (command.includes("supervisorctl") && worker !== "RUNNING") return "";
	const asked = /\^\((?<names>[\w|]+)\)=/.exec(command)?.groups?.["names"]?.split("|");
	return Object.entries(spec.env)
		.filter(([name]) => asked?.includes(name) ?? true)
		.map(([name, value]) => `${name}=${value}${command.includes("tr ") ? "\n" : "\0"}`)
		.join("");
}

/** The worker of a running container as Temporal would see it, if it polls. */
export function pollerOf(container: SimulatedContainer): SimulatedPoller | undefined {
	const { spec, up, worker, containerId, since } = container;
	const instance = spec.env["WORKER_INSTANCE_NAME"];
	if (!up || worker !== "RUNNING" || !instance) return undefined;
	const mode = spec.env["WORKER_MODE"] ?? "cpu";
	const roles = mode === "both" ? (["cpu", "gpu"] as const) : [mode as "cpu" | "gpu"];
	return { instance, buildId: buildIdOf(container), containerId, roles: [...roles], since };
}
