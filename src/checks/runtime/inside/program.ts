import { BUILD_INFO_PATH } from "../../../contracts/build-info.ts";
import { SUPERVISOR_SOCKET } from "../../../contracts/vast.ts";
import { askStore } from "./ask-store.ts";
import { askTemporal } from "./ask-temporal.ts";
import { baseTools } from "./base.ts";
import { dial } from "./dial.ts";
import { disks, gpu, memory } from "./machine.ts";
import { health, listeners, onStart, targets } from "./programs.ts";
import { environment, ladders } from "./settings.ts";
import { supervisor } from "./supervisor.ts";
import type { Ask, Tools } from "./tools.ts";

const PARTS = {
	...{ baseTools, dial, askTemporal, askStore, main },
	...{ supervisor, disks, memory, gpu, targets, listeners, health, onStart, environment, ladders },
};

/** Where an image of ours has things. */
export const ASK: Ask = {
	...{ pid: 1, socket: SUPERVISOR_SOCKET, buildInfo: BUILD_INFO_PATH },
	...{ programs: "/run/cres/programs.d/programs.conf", onStart: "/root/onstart.sh" },
	...{ disks: ["/", "/tmp"], cgroup: "/sys/fs/cgroup", limitMs: 6_000 },
};

/** Reads every section, and prints them as one JSON text in lines that begin with `mark`. */
async function main(parts: typeof PARTS, mark: string, ask: Ask): Promise<void> {
	const { dial: dialled, askTemporal: ofTemporal, askStore: ofStore } = parts;
	const tools: Tools = { ...parts.baseTools(ask), dial: dialled, askTemporal: ofTemporal, askStore: ofStore };
	const facts: Record<string, unknown> = { at: Date.now() };
	const missed: Record<string, string> = {};
	const late = (): Promise<never> =>
		new Promise((_, reject) => {
			const end = () => reject(new Error(`it took longer than ${ask.limitMs / 1000} s`));
			setTimeout(end, ask.limitMs).unref();
		});
	const section = async (name: string, work: () => unknown): Promise<void> => {
		try {
			facts[name] = await Promise.race([work(), late()]);
		} catch (error) {
			facts[name] = null;
			missed[name] = tools.cut(String((error as Error).message), 400);
		}
	};
	const two = async (names: string[], work: () => unknown): Promise<void> => {
		await section(names[0]!, work);
		const both = facts[names[0]!] as Record<string, unknown> | null;
		for (const name of names) facts[name] = both?.[name] ?? null;
		if (!both) missed[names[1]!] = missed[names[0]!] ?? "";
	};
	facts["contract"] = tools.environment["CONTAINER_ID"] || null;
	await section("build", () => JSON.parse(tools.read(ask.buildInfo)));
	const first = section("supervisor", () => parts.supervisor(tools)).then(() =>
		two(["listeners", "strays"], () => parts.listeners(tools)),
	);
	await Promise.all([
		first,
		two(["ladders", "certificates"], () => parts.ladders(tools)),
		...(["gpu", "health", "disks", "memory", "targets", "onStart", "environment"] as const).map((name) =>
			section(name, () => parts[name](tools)),
		),
	]);
	const text = tools.hidden.reduce(
		(shown, value) => shown.replaceAll(JSON.stringify(value).slice(1, -1), "[redacted]"),
		JSON.stringify({ ...facts, missed }),
	);
	const lines = (text.match(/.{1,8000}/gsu) ?? []).map((piece) => `${mark} ${piece}\n`);
	process.stdout.write(lines.join(""), () => process.exit(0));
}

const TEXT = `const parts = {
${Object.entries(PARTS)
	.map(([name, part]) => `${name}: ${part.toString()}`)
	.join(",\n")}
};
parts.main(parts, process.argv[1], JSON.parse(process.argv[2]));`;

/** What an image without Node says. */
const NO_NODE = "no-node";
const SCRIPT = `command -v node >/dev/null 2>&1 || { echo "$1 ${NO_NODE}"; exit 0; }; exec node -e "$2" "$1" "$3"`;

/** What runs in the container, with nothing copied to it. Its lines begin with `mark`, which no log can know. */
export const insideCommand = (mark: string, ask: Ask = ASK): string[] => [
	...["sh", "-c", SCRIPT, "cres-triage", mark, TEXT, JSON.stringify(ask)],
];

/** The JSON text in what it printed; undefined when there is none. */
export function insideText(stdout: string, mark: string): string | undefined {
	const lines = stdout.split(/\r?\n/).filter((line) => line.startsWith(`${mark} `));
	const text = lines.map((line) => line.slice(mark.length + 1)).join("");
	return text === "" || text === NO_NODE ? undefined : text;
}
