import { execFile } from "node:child_process";
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
