import { z } from "zod";
import { UserError } from "../errors/errors.ts";
import { readTextIfExists } from "../system/files.ts";
import type { TakenPort } from "../system/ports.ts";
import type { ControlPorts } from "./control-ports.ts";
import { powershellJson } from "../system/powershell.ts";

/** Refuses to start a service whose port another program has. @throws UserError control_port_held */
export async function assertPortsFree(
	ports: Pick<ControlPorts, "ports" | "shell" | "platform">,
	{ name, ports: wanted }: { name: string; ports: readonly number[] },
): Promise<void> {
	for (const port of wanted) {
		const taken = await ports.ports.taken(port);
		if (!taken) continue;
		const holder = await holderText(ports, taken);
		if (taken.code !== "EADDRINUSE")
			throw new UserError(
				"control_port_held",
				`port ${port} of ${name} cannot be had: ${taken.code} at ${taken.host}`,
				{
					hint: "choose another port in cres.yaml",
				},
			);
		throw new UserError(
			"control_port_held",
			`port ${port} of ${name} is held by ${holder}, which is not healthy as ${name}`,
			{
				hint: `end that program, or choose another port for ${name} in cres.yaml`,
			},
		);
	}
}

/** `node (pid 4711)`, as far as the system tells. */
export async function holderText(
	{ shell, platform }: Pick<ControlPorts, "shell" | "platform">,
	{ port, holder }: TakenPort,
): Promise<string> {
	const found = holder ?? (platform === "win32" ? await holderOnWindows(shell, port) : undefined);
	if (found?.pid !== undefined) {
		const program = (platform === "win32" ? undefined : await programByProc(found.pid)) ?? found.program;
		return `${program ?? "a program"} (pid ${found.pid})`;
	}
	return found?.user === undefined ? "another program" : `a program of user ${found.user}`;
}

/** Linux: as it was started. What it calls itself may be a thread's name: Node's is MainThread. */
async function programByProc(pid: number): Promise<string | undefined> {
	const text = await readTextIfExists(`/proc/${pid}/cmdline`).catch(() => undefined);
	return text?.split("\0")[0]?.split("/").at(-1) || undefined;
}

const owner = z.object({ OwningProcess: z.int(), ProcessName: z.string().nullish() });

/** Get-NetTCPConnection (learn.microsoft.com/powershell/module/nettcpip/get-nettcpconnection). */
async function holderOnWindows(shell: ControlPorts["shell"], port: number): Promise<TakenPort["holder"]> {
	const script = [
		`$c = Get-NetTCPConnection -State Listen -LocalPort ${port} -ErrorAction SilentlyContinue | Select-Object -First 1`,
		"if ($c) { $p = Get-Process -Id $c.OwningProcess -ErrorAction SilentlyContinue",
		"@{ OwningProcess = $c.OwningProcess; ProcessName = $p.ProcessName } | ConvertTo-Json -Compress }",
	].join("; ");
	const found = owner.safeParse(await powershellJson(shell, script).catch(() => undefined));
	if (!found.success) return undefined;
	const { OwningProcess: pid, ProcessName: program } = found.data;
	return { pid, ...(program ? { program } : {}) };
}
