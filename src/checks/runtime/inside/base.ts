import type { Ask, Rung, SeenProcess, Tools } from "./tools.ts";

/** The tools that need nothing but Node. */
export function baseTools(ask: Ask): Omit<Tools, "dial" | "askTemporal" | "askStore"> {
	const fs = process.getBuiltinModule("node:fs");
	const read = (path: string): string => {
		try {
			return fs.readFileSync(path, "utf8");
		} catch {
			return "";
		}
	};
	const environmentOf = (pid: number | string): Record<string, string> =>
		Object.fromEntries(
			read(`/proc/${pid}/environ`)
				.split("\0")
				.filter((pair) => pair.includes("="))
				.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
		);
	const environment = environmentOf(ask.pid);
	const hidden = Object.entries(environment).flatMap(([name, value]) =>
		/KEY|SECRET|TOKEN|PASSWORD|CREDENTIAL/.test(name) && value.length >= 6 ? [value] : [],
	);
	// What is left of a secret that is cut would not be known.
	const cut = (text: string, most: number): string =>
		hidden.reduce((shown, value) => shown.replaceAll(value, "[redacted]"), text).slice(0, most);
	const processes = (): SeenProcess[] =>
		fs
			.readdirSync("/proc")
			.filter((name) => /^\d+$/.test(name))
			.map((name) => ({
				pid: Number(name),
				parent: Number(/^\d+ \(.*\) \S (\d+)/s.exec(read(`/proc/${name}/stat`))?.[1] ?? 0),
				argv: read(`/proc/${name}/cmdline`).split("\0").filter(Boolean),
			}));
	const run = (file: string, argv: string[], ms: number): Promise<string> =>
		new Promise((resolve, reject) => {
			const options = { timeout: ms, maxBuffer: 1 << 20, killSignal: "SIGKILL" } as const;
			process.getBuiltinModule("node:child_process").execFile(file, argv, options, (error, stdout, stderr) => {
				if (!error) return resolve(stdout);
				const words = (stderr || stdout).trim().split("\n").slice(0, 3).join(" ");
				reject(new Error(error.killed ? `${file} did not end in ${ms / 1000} s` : words || error.message));
			});
		});
	const http: Tools["http"] = (options, body) =>
		new Promise((resolve, reject) => {
			const call = process.getBuiltinModule("node:http").request(options, (answer) => {
				let text = "";
				answer.setEncoding("utf8").on("data", (part: string) => {
					text += part;
					if (text.length > 1 << 20) call.destroy(new Error("the answer is too long"));
				});
				answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
			});
			call.setTimeout(3_000, () => call.destroy(new Error("no answer in 3 s"))).on("error", reject);
			call.end(body);
		});
	const split = (address: string) => {
		const [, host = address, port = ""] = /^(.*?)(?::(\d+))?$/.exec(address.trim()) ?? [];
		return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
	};
	const on = (name: string): boolean => /^(1|true|yes|on)$/i.test(environment[name] ?? "");
	const rung: Tools["rung"] = async (rungs: Rung[], name, step) => {
		const started = performance.now();
		const add = (ok: boolean, detail: string) =>
			rungs.push({ rung: name, ok, detail: cut(detail, 400), ms: Math.round(performance.now() - started) });
		try {
			const { value, detail } = await step();
			add(true, detail);
			return value;
		} catch (error) {
			const { message, code } = error as { message?: string; code?: string };
			add(false, message || code || String(error));
			return undefined;
		}
	};
	return {
		...{ ask, environment, hidden, cut, read, environmentOf, processes, run, http, split, on, rung },
		supervisorPid: 0,
	};
}
