import type { SourceFile } from "../tree/source-file.ts";
import { plainValue, statement, type EnvStatement } from "./env-statement.ts";
import type { OutlineLine } from "./outline.ts";

/** A mark that a program replaces before anybody reads the file. */
const MARK = /@@\w+@@|\{\{|\$\{|<\w+>|^__\w+__$/;

/** `write_files` of cloud-init: `NAME=value` of a file of the environment that a host gets. */
export function writtenEnv(file: SourceFile, outline: readonly OutlineLine[]): EnvStatement[] {
	if (!file.includes("write_files")) return [];
	let target = "";
	return outline.flatMap(({ path, value, line, block }): EnvStatement[] => {
		if (path[0] !== "write_files") return [];
		const key = path.at(-1);
		if (key === "path" && !block) target = value;
		if (!block || key !== "content" || !/(?:^|[./])env$|^\/etc\/(?:default|sysconfig)\//.test(target)) return [];
		const [, name, raw] = /^(?:export\s+)?([A-Za-z_]\w*)=(.*)$/.exec(value) ?? [];
		if (name === undefined) return [];
		const given = MARK.test(raw!) ? "$computed" : raw!;
		return [statement({ name, how: "sets", value: plainValue(given), file, line, block: target })];
	});
}
