import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { BIN } from "../support/built.ts";

const ROOT = join(import.meta.dirname, "../..");

it.each(["--help", "deploy --help", "logs -h", "exec -h", "ssh -h", "tunnel -h", "completion -h", "help instance"])(
	"cres %s fits 80 columns and says this",
	async (line) => {
		const env = { ...process.env, COLUMNS: "80", NO_COLOR: "1" };
		const { stdout } = await promisify(execFile)(process.execPath, [BIN, ...line.split(" ")], { env });
		const text = stdout.replaceAll(ROOT, "/cres");
		expect(text.split("\n").filter((one) => one.length > 80)).toEqual([]);
		expect(text).toMatchSnapshot();
	},
);

it.each(["plan add", "plan fmt", "plan lint", "triage", "build", "run", "instance adopt"])(
	"cres %s --help has no empty default and no hole in its usage",
	async (line) => {
		const args = [BIN, ...line.split(" "), "--help"];
		const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, COLUMNS: "200" } });
		expect(stdout).not.toContain("[default: ]");
		const usage = /^USAGE\n([^]*?)\n\n/m.exec(stdout)![1]!;
		expect(usage).not.toMatch(/\|\s+\||\[\s|\s\]|\|\s*\]/);
		expect(usage.split("[").length).toBe(usage.split("]").length);
	},
);

it("the examples of every command fit 80 columns, whole and ready to copy", async () => {
	const manifest = JSON.parse(await readFile(join(ROOT, "oclif.manifest.json"), "utf8")) as {
		commands: Record<string, { id: string; hidden?: boolean }>;
	};
	const ids = Object.values(manifest.commands)
		.filter(({ hidden }) => !hidden)
		.map(({ id }) => id);
	const long: string[] = [];
	for (const id of ids) {
		const { stdout } = await promisify(execFile)(process.execPath, [BIN, ...id.split(":"), "--help"], {
			env: { ...process.env, COLUMNS: "80" },
		});
		long.push(...stdout.split("\n").filter((one) => one.length > 80));
	}
	expect(long).toEqual([]);
}, 120_000);
