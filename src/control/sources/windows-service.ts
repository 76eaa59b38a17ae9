import { z } from "zod";
import { UserError } from "../../errors/errors.ts";
import { until } from "../../system/until.ts";
import { powershellJson, powershellString } from "../../system/powershell.ts";
import { awaitHealth } from "./await-health.ts";
import { readStart, removeStart, writeStart } from "./record.ts";
import type { Source, SourceOptions } from "./source.ts";

const LOOK_EVERY_MS = 250;
const STOP_WITHIN_MS = 60_000;

/** Win32_Service (learn.microsoft.com/windows/win32/cimwin32prov/win32-service). `State` is no translated text. */
const found = z.object({ State: z.string(), ProcessId: z.int(), StartMode: z.string(), ExitCode: z.int() });
type Found = z.infer<typeof found>;

/** A service of Windows, which is there already; cres starts it and stops it only when it was the one that started it. */
export function windowsServiceSource(options: SourceOptions, name: string): Source {
	const { ports, service, folder } = options;
	const look = () => query(options, name);
	const startOf = async (pid: number) => (await ports.processes.find(pid))?.startedAt;
	const isOurs = async ({ ProcessId }: Found): Promise<boolean> => {
		const record = await readStart(folder, service.name);
		return record !== undefined && record.id === String(ProcessId) && record.startedAt === (await startOf(ProcessId));
	};
	let exit: string | undefined;
	const check = async () => {
		const now = await look();
		if (now.State !== "Stopped") return;
		exit = `exit ${now.ExitCode}`;
		throw new UserError("service_ended", `${service.name} ended (${exit}) before it was ready`, {
			hint: `look into the event log: Get-WinEvent -LogName System -MaxEvents 20`,
		});
	};
	return {
		async look() {
			const now = await look();
			if (now.State === "Stopped") return { runs: false };
			return { runs: true, ours: await isOurs(now), pid: now.ProcessId };
		},
		async start(how) {
			if ((await look()).State === "Stopped") {
				how.begin();
				await control(options, "start", name);
				const { ProcessId } = await look();
				const startedAt = await startOf(ProcessId);
				if (startedAt !== undefined) await writeStart(folder, service.name, { id: String(ProcessId), startedAt });
			}
			await awaitHealth(options, how, { check, hint: `Get-Service ${name}` });
		},
		async stop(signal) {
			const now = await look();
			if (now.State === "Stopped") return "was-stopped";
			if (!(await isOurs(now))) return "not-ours";
			await control(options, "stop", name);
			await untilStopped(options, name, signal);
			await removeStart(folder, service.name);
			return "stopped";
		},
		ended: () => exit,
		log: { elsewhere: `${service.name} is a service of Windows: Get-WinEvent -LogName Application -MaxEvents 50` },
	};
}

async function query({ ports, service }: SourceOptions, name: string): Promise<Found> {
	if (ports.platform !== "win32")
		throw new UserError("service_not_started", `${service.name} is a Windows service, and this is ${ports.platform}`, {
			hint: `give control.services.${service.name} a command, docker or external`,
		});
	const filter = powershellString(`Name='${name}'`);
	const script = `Get-CimInstance Win32_Service -Filter ${filter} | Select-Object State, ProcessId, StartMode, ExitCode | ConvertTo-Json -Compress`;
	const answer = await powershellJson(ports.shell, script);
	if (answer !== undefined) return found.parse(answer);
	throw new UserError("service_not_started", `${service.name} cannot be started: Windows has no service ${name}`, {
		hint: `Get-Service lists them; correct control.services.${service.name}.windows_service in cres.yaml`,
	});
}

/** sc.exe (learn.microsoft.com/windows-server/administration/windows-commands/sc-config); 1056: it runs already. */
async function control({ ports, service }: SourceOptions, verb: "start" | "stop", name: string): Promise<void> {
	const { exitCode } = await ports.shell.run("sc.exe", [verb, name], { timeoutMs: 60_000 });
	if (exitCode === 0 || (verb === "start" && exitCode === 1056)) return;
	throw new UserError("service_not_started", `sc.exe ${verb} ${name} of ${service.name} exits ${exitCode}`, {
		hint: exitCode === 5 ? "run the command again as administrator" : `net helpmsg ${exitCode} says what that means`,
	});
}

async function untilStopped(options: SourceOptions, name: string, signal: AbortSignal | undefined): Promise<void> {
	const waiting = { everyMs: LOOK_EVERY_MS, withinMs: STOP_WITHIN_MS, signal };
	const isStopped = async () => (await query(options, name)).State === "Stopped" || undefined;
	if (await until(options.ports.clock, waiting, isStopped)) return;
	const message = `the Windows service ${name} does not stop in ${STOP_WITHIN_MS / 1000} s`;
	throw new UserError("service_not_stopped", message, { hint: "run the command again" });
}
