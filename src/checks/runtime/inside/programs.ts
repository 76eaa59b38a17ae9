import type { InsideFacts } from "../inside-facts.ts";
import type { Tools } from "./tools.ts";

/** Files of the image that supervisord's programs are: what it shall start must be there. */
export function targets({ ask, read }: Tools): InsideFacts["targets"] {
	const { existsSync } = process.getBuiltinModule("node:fs");
	const sections = read(ask.programs)
		.split(/^\[program:/m)
		.slice(1);
	return sections.flatMap((section) => {
		const program = section.slice(0, section.indexOf("]"));
		const command = /^command=(.*)$/m.exec(section)?.[1] ?? "";
		const paths = command.match(/(?<=^|[\s"])\/(?:app|opt)\/[\w./-]+/g) ?? [];
		return [...new Set(paths)].map((path) => ({ program, path, exists: existsSync(path) }));
	});
}

/** Who listens, and which programs of the image run although supervisord did not start them. */
export function listeners(tools: Tools): { listeners: InsideFacts["listeners"]; strays: InsideFacts["strays"] } {
	const fs = process.getBuiltinModule("node:fs");
	const all = tools.processes();
	const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
	const isManaged = (pid: number): boolean => {
		for (let at = pid, steps = 0; at > 0 && steps < 50; at = parents.get(at) ?? 0, steps++)
			if (at === tools.supervisorPid) return true;
		return false;
	};
	const commandOf = (argv: string[]): string => tools.cut(argv.slice(0, 4).join(" "), 200);
	const owners = new Map<string, number>();
	for (const { pid } of all) {
		try {
			for (const file of fs.readdirSync(`/proc/${pid}/fd`)) {
				const inode = /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(`/proc/${pid}/fd/${file}`))?.[1];
				if (inode !== undefined && !owners.has(inode)) owners.set(inode, pid);
			}
		} catch {} // it has ended, or it is another user's
	}
	const rows = ["tcp", "tcp6"].flatMap((name) => tools.read(`/proc/net/${name}`).split("\n").slice(1));
	const found = rows.flatMap((row) => {
		const [, local = "", , state, , , , , , inode = ""] = row.trim().split(/\s+/);
		if (state !== "0A") return [];
		const [address = "", port = ""] = local.split(":");
		const pid = owners.get(inode) ?? null;
		const argv = all.find((one) => one.pid === pid)?.argv ?? [];
		const managed = pid !== null && isManaged(pid);
		return [{ port: Number.parseInt(port, 16), address, pid, command: commandOf(argv), managed }];
	});
	// The self-test and this program are called from outside; everything else of the image has one owner.
	const ours = /^\/app\/images\/(?!self-test\/|boot\/main)[\w/-]+\.(?:js|py)$/;
	const beside = all.filter(({ pid, argv }) => argv.some((word) => ours.test(word)) && !isManaged(pid));
	return {
		listeners: found.filter((one, at) => found.findIndex(({ port }) => port === one.port) === at).slice(0, 200),
		strays:
			tools.supervisorPid === 0 ? [] : beside.map(({ pid, argv }) => ({ pid, command: commandOf(argv) })).slice(0, 100),
	};
}

/** GET /health of the container's own api. */
export async function health({ environment, http, cut }: Tools): Promise<InsideFacts["health"]> {
	const port = Number(environment["API_PORT"] || 8100);
	try {
		const { status, text } = await http({ host: "127.0.0.1", port, path: "/health" });
		return { port, status, answer: cut(text, 8_000) };
	} catch (error) {
		return { port, status: null, answer: (error as Error).message };
	}
}

/** Which rollout made the on-start of a Vast contract, and whether it ran. Runs inside of the container. */
export function onStart({ ask, read }: Tools): InsideFacts["onStart"] {
	const rollout = /^# cres on-start of rollout (\S+)$/m.exec(read(ask.onStart))?.[1] ?? null;
	return { rollout, ran: read("/run/cres/container-id").trim() !== "" };
}
