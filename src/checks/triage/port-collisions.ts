import { mappingsOf, type Mapping } from "../facts/config-files.ts";
import { placeIn } from "../facts/found.ts";
import { portsOf, type Listener } from "../facts/ports.ts";
import { iniOf, valueOf } from "../data/ini.ts";
import { programsOf, supervisorFilesOf } from "../supervisor/programs.ts";
import { once } from "../tree/once.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS444",
	scope: "static",
	severity: "error",
	question: "Has every program of one machine a port of its own, with all its instances?",
	why: "The second one cannot bind and ends, or requests reach the wrong program.",
	example:
		"`jobs: {port: 8001, instances: 2}` and `media: {port: 8002}`: jobs takes 8001 and 8002; give media another one.",
	run(tree) {
		const mappings = mappingsOf(tree).filter(({ texts }) => /^\d{2,5}$/.test(texts.get("port") ?? ""));
		const parents = Map.groupBy(mappings, ({ file, path }) => `${file.path} ${path.slice(0, -1).join(".")}`);
		const findings = [...parents.values()].flatMap((siblings) => (siblings.length < 2 ? [] : overlaps(tree, siblings)));
		return {
			looked: `${mappings.length} settings of ports`,
			findings: [...findings, ...supervised(tree), ...twoOwners(tree)],
		};
	},
} satisfies StaticCheck;

const COUNTS = ["instances", "replicas", "processes", "count", "copies", "workers", "numprocs"];
/** `range(self.port, self.port + self.instances)`, `port + index`. */
const CONSECUTIVE =
	/\bport\s*\+\s*\(?\s*(?:\w+\.)*(?:instances?|replicas|processes|count|copies|workers|numprocs|index|idx|i|n|number|offset)\b|\brange\([^()\n]*\bport\b/i;
const STARTS = /\b(?:Popen|subprocess\.|spawn\(|execa\(|Start-Process|uvicorn|create_subprocess)/;
const STAGE = /^(?:dev|development|local|stag(?:e|ing)|prod|production|test|testing|ci|qa|default|demo|base)$/i;

/** Whether code of the tree counts ports on from the first, and whether it starts programs. */
const codeOf = once((tree: Tree): { counts: boolean; starts: boolean } => {
	const code = tree.in("python", "javascript", "powershell", "shell");
	return {
		counts: code.some((file) => file.has(CONSECUTIVE)),
		starts: code.some((file) => file.has(STARTS)),
	};
});

interface Range {
	name: string;
	from: number;
	to: number;
	mapping: Mapping;
	/** Its place among its siblings. */
	at: number;
}

function overlaps(tree: Tree, siblings: readonly Mapping[]): Found[] {
	const { counts, starts } = codeOf(tree);
	const ranges = siblings.flatMap((mapping, at): Range[] => {
		const { path, texts } = mapping;
		const name = texts.get("name") ?? path.at(-1)!;
		const key = counts ? COUNTS.find((one) => /^\d{1,3}$/.test(texts.get(one) ?? "")) : undefined;
		const many = key === undefined ? 1 : Math.max(1, Number(texts.get(key)));
		const elsewhere = ["host", "address", "hostname", "url", "endpoint"].some((one) => texts.has(one));
		const from = Number(texts.get("port"));
		return elsewhere || STAGE.test(name) ? [] : [{ name, from, to: from + many - 1, mapping, at }];
	});
	// Containers may have one port each; programs that one manager starts may not.
	const single = starts && ranges.length >= 3 && new Set(ranges.map(({ from }) => from)).size === ranges.length - 1;
	const wides = ranges.filter(({ from, to }) => from !== to);
	return ranges.flatMap((one) =>
		(single || one.from !== one.to ? ranges : wides).flatMap((other): Found[] => {
			if (other.at >= one.at || one.from > other.to || other.from > one.to) return [];
			const [odd, wide] = other.from === other.to && one.from !== one.to ? [other, one] : [one, other];
			const spread = wide.from === wide.to ? String(wide.from) : `${wide.from} to ${wide.to}`;
			return [
				{
					message: `${odd.mapping.file.path} gives ${odd.name} the port ${odd.from}, and ${wide.name} takes ${spread}`,
					evidence: [odd, wide].map(({ mapping }) =>
						placeIn(mapping.file, mapping.keys.get("port")!),
					) as unknown as Found["evidence"],
					fix: {
						say: `give ${odd.name} a port beside ${ranges
							.map((range) =>
								range === odd ? "" : range.from === range.to ? `${range.from}` : `${range.from} to ${range.to}`,
							)
							.filter(Boolean)
							.join(", ")}`,
					},
				},
			];
		}),
	);
}

const owners = (tree: Tree): Listener[] =>
	portsOf(tree).listeners.filter(({ sure, target }) => sure && target !== undefined);

/** Two programs of one supervisor. */
function supervised(tree: Tree): Found[] {
	const files = new Map(supervisorFilesOf(tree).map((ini) => [ini.file, ini]));
	const own = owners(tree).filter(({ file }) => files.has(file));
	return [...Map.groupBy(own, ({ file, port }) => `${file.path} ${port}`).values()].flatMap((all): Found[] => {
		const started = all.flatMap((one) => {
			const program = programsOf(iniOf(one.file)).find(({ command }) => command?.line === one.line);
			return program && valueOf(program.section, "autostart")?.value !== "false"
				? [{ ...one, name: program.name }]
				: [];
		});
		const [first, second] = started;
		return !first || !second
			? []
			: [
					{
						message: `the programs ${first.name} and ${second.name} of ${first.file.path} both listen on ${first.port}`,
						evidence: [placeIn(second.file, second.line), placeIn(first.file, first.line)],
						fix: { say: `give ${second.name} a port of its own` },
					},
				];
	});
}

/** A script starts in the background what the supervisor, to which it hands over, starts again. */
function twoOwners(tree: Tree): Found[] {
	const all = owners(tree);
	const managed = all.filter(({ file }) => file.has(/^\[program:/m));
	return all.flatMap((one): Found[] => {
		if (one.file.language !== "shell" || !/\bsupervisord\b/.test(one.file.text)) return [];
		const other = managed.find(({ port, target }) => port === one.port && target === one.target);
		return other === undefined
			? []
			: [
					{
						message: `${one.file.path} starts ${one.target!} on port ${one.port}, and so does the supervisor that it hands over to`,
						evidence: [placeIn(one.file, one.line), placeIn(other.file, other.line)],
						fix: { say: `take it out of ${one.file.path}: the supervisor starts it` },
					},
				];
	});
}
