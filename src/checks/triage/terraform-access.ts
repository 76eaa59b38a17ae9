import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** Ports that administrate a machine or a database. */
const PORTS: ReadonlyMap<number, string> = new Map([
	[22, "ssh"],
	[2375, "Docker"],
	[3306, "MySQL"],
	[3389, "remote desktop"],
	[5432, "PostgreSQL"],
	[6379, "Redis"],
	[9200, "Elasticsearch"],
	[27017, "MongoDB"],
]);
const EVERYBODY = /"(?:0\.0\.0\.0\/0|::\/0)"/;
/** One block without blocks in it. */
const BLOCK = /([\w-]+)(?:\s+"[\w-]+"){0,2}\s*\{([^{}]*)\}/g;

export default {
	code: "TS248",
	scope: "static",
	severity: "warning",
	question: "Are ssh and databases of rented machines closed to the rest of the world?",
	why: "An open port of ssh, of Docker or of a database is tried within minutes after the machine is up.",
	example: '`from_port = 22` with `cidr_blocks = ["0.0.0.0/0"]`: write the addresses that may come in.',
	run(tree) {
		const files = tree.files.filter(({ path }) => path.endsWith(".tf") && !isAside(path));
		return { looked: `${files.length} files of Terraform`, findings: files.flatMap(inFile) };
	},
} satisfies StaticCheck;

function inFile(file: SourceFile): Found[] {
	if (!file.has(EVERYBODY)) return [];
	const text = file.text.replaceAll(/^[ \t]*(?:#|\/\/)[^\n]*/gm, (one) => " ".repeat(one.length));
	return [...text.matchAll(BLOCK)].flatMap(({ 0: all, 1: kind, 2: body, index }): Found[] => {
		const open = EVERYBODY.exec(body!);
		const outward = kind === "egress" || /\btype\s*=\s*"egress"|direction\s*=\s*"(?:EGRESS|out)"/i.test(body!);
		if (open === null || outward) return [];
		const from = Number(/\b(?:from_port|port)\s*=\s*"?(\d+)/.exec(body!)?.[1] ?? Number.NaN);
		const to = Number(/\bto_port\s*=\s*"?(\d+)/.exec(body!)?.[1] ?? from);
		const [port, name] = [...PORTS].find(([one]) => one >= from && one <= to) ?? [];
		if (port === undefined || (from === 0 && to === 0)) return [];
		return [
			{
				message: `${file.path} lets everybody in to port ${port} (${name!})`,
				evidence: [file.placeAt(index + all.length - body!.length - 1 + open.index)],
				fix: { say: "write the addresses that may come in for 0.0.0.0/0" },
			},
		];
	});
}
