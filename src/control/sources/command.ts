import { stat } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { UserError } from "../../errors/errors.ts";
import { runs } from "../../services/identity.ts";
import { processService } from "../../services/process-service.ts";
import { logFile, readRecord } from "../../services/record.ts";
import type { Service } from "../../services/service.ts";
import { stopProcess } from "../../services/stop.ts";
import { renameFile } from "../../system/files.ts";
import { fileSize } from "../../system/log-file.ts";
import type { Program } from "../../system/processes.ts";
import type { Origin } from "../services.ts";
import { assertPortsFree } from "../port-holder.ts";
import { descendantsOf } from "../windows/descendants.ts";
import { environmentOf } from "./environment.ts";
import { assertWritable } from "./log-place.ts";
import type { Running, Source, SourceOptions } from "./source.ts";

type Command = Extract<Origin, { kind: "command" }>;

/** A log that is larger when its service starts becomes `NAME.log.1`. */
const LOG_BYTES = 10_000_000;

/** A program that cres starts, with a record and a log. */
export function commandSource(options: SourceOptions, command: Command): Source {
	const { ports, service } = options;
	const { processes } = ports;
	const place = placeOf(options);
	let pid: number | undefined;
	let report: (text: string) => void = () => {};
	const process = serviceOf(options, command, (detail) => report(detail));
	const look = async (): Promise<Running> => {
		const identity = await readRecord(place);
		if (!identity || !(await runs(processes, identity))) return { runs: false };
		return { runs: true, ours: true, pid: identity.pid };
	};
	return {
		look,
		async start(how) {
			report = how.report;
			await prepareStart(options, command);
			await stop(options, process, how.signal);
			await assertPortsFree(ports, service);
			how.begin();
			try {
				await process.up(how.signal);
			} finally {
				pid = (await readRecord(place).catch(() => undefined))?.pid;
			}
		},
		async stop(signal) {
			const before = await look();
			await stop(options, process, signal);
			return before.runs ? "stopped" : "was-stopped";
		},
		ended: () => (pid === undefined ? undefined : processes.ended?.(pid)),
		log: { file: logFile(place) },
	};
}

const placeOf = ({ service, folder }: SourceOptions) => ({ name: service.name, directory: folder });

/** The process of the program; `report` is told what it lacks to be ready. */
function serviceOf(options: SourceOptions, command: Command, report: (detail: string) => void): Service {
	const { ports, service, health } = options;
	const { processes, clock } = ports;
	let sinceMs: number | undefined;
	return processService({
		...placeOf(options),
		...{ processes, clock, readyWithinMs: service.waitMs, graceMs: service.stopMs },
		async program() {
			const program = await programOf(options, command);
			sinceMs = clock.now();
			return program;
		},
		// Before it was started, nothing that polls is this process.
		ready: async () => {
			if (sinceMs === undefined && service.ready.kind === "pollers") return false;
			const { ready, detail } = await health(sinceMs);
			if (ready) return true;
			report(detail);
			throw new Error(detail);
		},
	});
}

/** On Windows also what it has started: the system ends only the process that is named. */
async function stop(options: SourceOptions, process: Service, signal: AbortSignal | undefined): Promise<void> {
	const { platform, shell, processes, clock } = options.ports;
	const identity = platform === "win32" ? await readRecord(placeOf(options)) : undefined;
	const isOurs = identity !== undefined && (await runs(processes, identity));
	const others = isOurs ? await descendantsOf(shell, identity.pid) : [];
	await process.down(signal);
	for (const other of others) await stopProcess({ processes, clock }, other, 0, signal);
}

async function prepareStart(options: SourceOptions, { cwd }: Command): Promise<void> {
	const { name } = options.service;
	if (!(await stat(cwd).catch(() => undefined))?.isDirectory())
		throw new UserError("service_not_started", `${name} cannot be started: there is no folder ${cwd}`, {
			hint: `correct control.services.${name}.cwd in cres.yaml`,
		});
	const log = logFile(placeOf(options));
	await assertWritable(log);
	if ((await fileSize(log)) > LOG_BYTES) await renameFile(log, `${log}.1`);
}

/** @throws UserError program_missing, control_secret_missing */
async function programOf({ ports, service }: SourceOptions, { argv, cwd }: Command): Promise<Program> {
	const [name, ...args] = argv;
	const isPath = /[\\/]/.test(name);
	const file = isPath ? pathIn(cwd, name) : await ports.findProgram(name);
	if (file === undefined)
		throw new UserError("program_missing", `${service.name} cannot be started: ${name} is not on the PATH`, {
			hint: `install ${name}, or name another program in control.services.${service.name}.command of cres.yaml`,
		});
	return { file, args, cwd, env: environmentOf(ports.config, service) };
}

const pathIn = (cwd: string, path: string): string => (isAbsolute(path) ? path : resolve(cwd, path));
