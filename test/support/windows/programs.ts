import { readFile } from "node:fs/promises";
import type { Shell } from "../../../src/system/shell.ts";
import type { WindowsMachine } from "./machine.ts";

type Answer = Awaited<ReturnType<Shell["run"]>>;

const answer = (stdout: string, exitCode = 0, stderr = ""): Answer => ({ exitCode, stdout, stderr });
const json = (value: unknown): Answer => answer(`${JSON.stringify(value)}\r\n`);

/** The programs of Windows that cres runs; each call is added to `ran`. There is no POSIX shell. */
export const windowsShell = (machine: WindowsMachine, ran: string[]): Shell => ({
	async run(file, args) {
		ran.push([file, ...args].join(" "));
		if (file === "powershell.exe") return powershell(machine, args.at(-1)!);
		if (file === "schtasks.exe") return schtasks(machine, args);
		if (file === "sc.exe") return sc(machine, args);
		if (file === "whoami.exe") return answer("huihuang\\ops\r\n");
		throw Object.assign(new Error(`spawn ${file} ENOENT`), { code: "ENOENT" });
	},
});

/** What the scripts of cres ask. */
function powershell(machine: WindowsMachine, script: string): Answer {
	if (script.includes("Get-Acl")) return rightsOf(machine, script);
	const service = /Name=''([^']+)''/.exec(script)?.[1];
	if (service !== undefined) return serviceOf(machine, service);
	const port = /-LocalPort (\d+)/.exec(script)?.[1];
	if (port !== undefined) return ownerOf(machine, Number(port));
	const task = /Get-ScheduledTaskInfo -TaskName '([^']+)'/.exec(script)?.[1];
	if (task !== undefined) return json({ LastTaskResult: machine.tasks.get(task)!.lastResult });
	return json(
		[...machine.processes].map(([ProcessId, { parent, startedAt, program }]) => ({
			...{ ProcessId, ParentProcessId: parent, Started: startedAt, Name: program },
		})),
	);
}

function rightsOf({ rights, user }: WindowsMachine, script: string): Answer {
	const strings = /@\((.*?)\); @\{/.exec(script)![1]!.matchAll(/'((?:[^'\u2018-\u201B]|(['\u2018-\u201B])\2)*)'/g);
	const paths = [...strings].map(([, text]) => text!.replaceAll(/(['\u2018-\u201B])\1/g, "$1"));
	const gone = paths.find((path) => !rights.has(path));
	if (gone !== undefined) return answer("", 1, `Get-Acl : Cannot find path '${gone}' because it does not exist.\r\n`);
	return json({ files: paths.map((path) => ({ path, sddl: rights.get(path) })), user });
}

function serviceOf({ services }: WindowsMachine, name: string): Answer {
	const found = services.get(name);
	return found ? json({ ...found, StartMode: "Auto", ExitCode: 0 }) : answer("");
}

function ownerOf({ holder, processes }: WindowsMachine, port: number): Answer {
	const found = holder(port);
	if (!found) return answer("");
	const name = processes.get(found.pid)?.program.replace(/\.exe$/, "");
	return json({ OwningProcess: found.pid, ProcessName: name });
}

async function schtasks({ tasks }: WindowsMachine, args: readonly string[]): Promise<Answer> {
	const name = args[args.indexOf("/tn") + 1]!;
	if (args.includes("/create")) {
		const bytes = await readFile(args[args.indexOf("/xml") + 1]!);
		if (bytes[0] !== 0xff || bytes[1] !== 0xfe) return answer("", 1, "ERROR: The task XML is malformed.");
		tasks.set(name, { xml: bytes.toString("utf16le").slice(1), lastResult: 0x41303 });
		return answer("SUCCESS\r\n");
	}
	const task = tasks.get(name);
	if (!task) return answer("", 1, "ERROR: The system cannot find the file specified.\r\n");
	if (args.includes("/query")) return answer(task.xml);
	if (args.includes("/delete")) tasks.delete(name);
	else task.xml = switched(task.xml, !args.includes("/disable"));
	return answer("SUCCESS\r\n");
}

/** The XML of a task whose settings say that it runs, or that it does not. */
const switched = (xml: string, isEnabled: boolean): string =>
	xml.replace(/<Settings>[\s\S]*<\/Settings>/, (settings) =>
		settings.replace(`<Enabled>${!isEnabled}</Enabled>`, `<Enabled>${isEnabled}</Enabled>`),
	);

function sc({ services, serve, end }: WindowsMachine, [verb, name = ""]: readonly string[]): Answer {
	const found = services.get(name);
	if (!found) return answer("", 1060);
	if (verb === "start") services.set(name, { State: "Running", ProcessId: serve(name) });
	else {
		end(found.ProcessId);
		services.set(name, { State: "Stopped", ProcessId: 0 });
	}
	return answer("");
}
