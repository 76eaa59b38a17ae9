import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inTurns, mustRun, ratioLine, say } from "./measure.ts";

const ROUNDS = 15;
/** Times the bare program. */
const AIM = { "cres --help": 0.8, "cres --version": 0.8, "cres exit-codes": 1.2, "cres releases": 1.2 } as const;
const SETTINGS = `project: start
image: { repository: owner/worker }
registry: { push: { address: "127.0.0.1:5000" } }
temporal: { address: "127.0.0.1:7233" }
store: { endpoint: "127.0.0.1:9000" }
`;

/** Start-up of `cres --help` and others against a bare @oclif/core program that says hello. */
export async function startBench(root: string): Promise<void> {
	const directory = await makeHello(root);
	try {
		await writeFile(join(directory, "cres.yaml"), SETTINGS);
		const run = async (bin: string, ...args: string[]) =>
			(await mustRun(process.execPath, [bin, ...args], { cwd: directory })).ms;
		const cres = join(root, "bin/run.js");
		const times = await inTurns(ROUNDS, {
			hello: () => run(join(directory, "run.js"), "hello"),
			"cres --help": () => run(cres, "--help"),
			"cres --version": () => run(cres, "--version"),
			"cres exit-codes": () => run(cres, "exit-codes"),
			"cres releases": () => run(cres, "releases"),
			"cres deploy --help": () => run(cres, "deploy", "--help"),
		});
		const aims = Object.entries(AIM).map(([name, aim]) => `${name} ≤ ${aim} ×`);
		say(`medians of ${ROUNDS}, taken in turns; hello is a bare @oclif/core program (aims: ${aims.join(", ")})`);
		for (const [name, values] of Object.entries(times)) say(ratioLine(name, values, times.hello));
	} finally {
		await rm(directory, { recursive: true });
	}
}

/** The same node, compile cache and kind of manifest as `cres` has; no plugin, one command. */
async function makeHello(root: string): Promise<string> {
	const directory = await mkdtemp(join(tmpdir(), "cres-hello-"));
	const oclif = { bin: "hello", commands: { strategy: "pattern", target: "./commands" } };
	await mkdir(join(directory, "commands"));
	await symlink(join(root, "node_modules"), join(directory, "node_modules"));
	await writeFile(
		join(directory, "package.json"),
		JSON.stringify({ name: "hello", version: "0.0.0", type: "module", files: ["/commands"], oclif }),
	);
	await writeFile(
		join(directory, "run.js"),
		'import module from "node:module";\nmodule.enableCompileCache();\nconst { execute } = await import("@oclif/core");\nawait execute({ dir: import.meta.url });\n',
	);
	await writeFile(
		join(directory, "commands/hello.js"),
		'import { Command } from "@oclif/core";\nexport default class Hello extends Command {\n\tasync run() {\n\t\tawait this.parse(Hello);\n\t\tthis.log("hello");\n\t}\n}\n',
	);
	await mustRun(process.execPath, [join(root, "node_modules/oclif/bin/run.js"), "manifest"], { cwd: directory });
	return directory;
}
