import { comparedSizes } from "../calls/compared-sizes.ts";
import { mayNameUnit, SIGNS, unitOf } from "../calls/size-units.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside, isTest } from "../tree/aside.ts";
import { kindAt } from "../tree/tokens.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS143",
	scope: "static",
	severity: "error",
	question: "Is every size handed on, or compared, in the unit that its receiver counts in?",
	why: "24 GB that are asked for as 24 MB let every machine through; 512 MB that are read as bytes start nothing.",
	example: "`gpu_ram: { gte: need.min_vram_gb }` of a search that counts in MB: write `need.min_vram_gb * 1000`.",
	run(tree) {
		const files = tree
			.in("javascript", "python", "shell", "powershell")
			.filter(
				(file) =>
					standingOf(file.path) === "live" && !isAside(file.path) && !isTest(file.path) && file.has(/[gmkt]i?b|bytes/i),
			);
		return {
			looked: `${files.length} files that name sizes`,
			findings: files.flatMap((file) => [...findingsIn(file), ...comparedIn(file)]),
		};
	},
} satisfies StaticCheck;

/** Fields of a service whose unit its documents say: https://docs.vast.ai/api-reference/search/search-offers. */
const FIELDS: readonly { of: RegExp; fields: ReadonlyMap<string, number> }[] = [
	{
		of: /vast\.ai|\bbundles\b/i,
		fields: new Map([
			["gpu_ram", 2],
			["gpu_total_ram", 2],
			["cpu_ram", 2],
			["disk_space", 3],
		]),
	},
];

const PATH = String.raw`(?:[A-Za-z_$][\w$]*(?:\?\.|\.))*[A-Za-z_$][\w$]*`;
/** `name: value`, `name=value`, `name: { gte: value }`: what is handed on as it is. */
const GIVEN = new RegExp(
	`(?<![\\w$.])["']?([A-Za-z_$][\\w$]*)["']?[ \\t]*[:=][ \\t]*(?:\\{[ \\t]*["']?(?:gte?|lte?|eq)["']?[ \\t]*:[ \\t]*)?(${PATH})[ \\t]*(?=[,;})\\r\\n]|$)`,
	"gm",
);
const IN_SHELL = /(?<![\w$])([A-Z][A-Z0-9_]*)=["']?\$\{?([A-Z][A-Z0-9_]*)\}?["']?(?=[ \t]|$)/gm;

const comparedIn = (file: SourceFile): Found[] =>
	comparedSizes(file).flatMap(({ one, other, at }): Found[] =>
		kindAt(file, at) !== "code"
			? []
			: [
					{
						message: `${file.path} compares ${one.text}, which counts ${SIGNS[one.unit]!}, with ${other.text}, which counts ${SIGNS[other.unit]!}`,
						evidence: [file.placeAt(at)],
						fix: { say: `bring both to ${SIGNS[Math.min(one.unit, other.unit)]!} before they are compared` },
					},
				],
	);

function findingsIn(file: SourceFile): Found[] {
	if (file.language === "powershell") return [];
	const own = FIELDS.find(({ of }) => file.has(of))?.fields;
	const shell = file.language === "shell";
	const given = file.lines.flatMap((line, row) =>
		mayNameUnit(line)
			? [...line.matchAll(shell ? IN_SHELL : GIVEN)].map((one) => ({ one, index: file.startOf(row + 1) + one.index }))
			: [],
	);
	return given.flatMap(({ one: { 0: all, 1: name, 2: value }, index }): Found[] => {
		const last = value!.split(/\?\.|\./).at(-1)!;
		const [wanted, counted] = [own?.get(name!) ?? unitOf(name!), unitOf(last)];
		if (
			wanted === undefined ||
			counted === undefined ||
			wanted === counted ||
			kindAt(file, shell ? index : index + all.lastIndexOf(value!)) !== "code"
		)
			return [];
		const factor = `1${"000".repeat(Math.abs(counted - wanted))}`;
		const turned = counted > wanted ? `${value!} * ${factor}` : `${value!} / ${factor}`;
		return [
			{
				message: `${file.path} gives ${name!}, which counts ${SIGNS[wanted]!}, the value of ${value!}, which counts ${SIGNS[counted]!}`,
				evidence: [file.placeAt(index + all.lastIndexOf(value!))],
				fix: { say: `write ${turned}` },
			},
		];
	});
}
