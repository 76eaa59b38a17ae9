import { UNIT_RULES, type UnitRule } from "../data/unit-rules.ts";
import { composeServices, type Service } from "../facts/compose.ts";
import { otherUnits, type OtherUnit } from "../facts/env-durations.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Found, StaticCheck } from "../triage-check.ts";
import { readableOf, type Job } from "../workflows/model.ts";

export default {
	code: "TS135",
	scope: "static",
	severity: "error",
	question: "Does every duration and size of a setting have the unit that its reader counts in?",
	why: "What needs a unit is refused without one; 30000 that are read as seconds keep a dead connection for eight hours, and 512 bytes of memory start nothing.",
	example:
		"`--interval=30` of a HEALTHCHECK: write `--interval=30s`; `proxy_read_timeout 30000;` counts seconds: write 30.",
	run(tree) {
		const files = tree.files.filter(
			({ path, text }) =>
				text.length < LARGEST && /^(?:live|example)$/.test(standingOf(path)) && !isAside(path) && !isTest(path),
		);
		return {
			looked: `${files.length} files of settings and commands`,
			findings: [
				...files.flatMap((file) => UNIT_RULES.flatMap((rule) => byRule(file, rule))),
				...composeServices(tree).flatMap(unmeasured),
				...otherUnits(tree).map(inOther),
				...readableOf(tree).flatMap(({ jobs }) => jobs.flatMap(tooLong)),
			],
		};
	},
} satisfies StaticCheck;

const LARGEST = 300_000;

function byRule(file: SourceFile, { languages, pattern, within, fault, meant, refused }: UnitRule): Found[] {
	if (!languages.includes(file.language) || (within !== undefined && !file.has(within))) return [];
	return file.matches(pattern).flatMap(({ 0: all, 1: name, 2: value, index }): Found[] => {
		const number = Number(value);
		const wrong = fault(number);
		const at = index + all.lastIndexOf(value!);
		const place = file.placeAt(at);
		if (wrong === undefined || isComment(file, at) || isComment(file, index + all.lastIndexOf(name!))) return [];
		return [
			{
				message: `${file.path} has ${name!} ${value!}, which ${wrong}`,
				evidence: [place],
				fix: {
					say: refused
						? `write the unit, such as ${meant(number)}`
						: `write ${meant(number)}, if ${value!} is not meant`,
				},
				...(refused ? {} : { severity: "warning" as const }),
			},
		];
	});
}

/** `UPSTREAM_TIMEOUT_MS: "300"` beside a default of 300000. */
const inOther = ({ set, unit, other, usual }: OtherUnit): Found => ({
	message: `${set.file.path} has ${set.name} ${set.value!}, which counts ${unit} and looks like ${other}: its default is ${usual.usual}`,
	evidence: [set.file.place(set.line), usual.file.place(usual.line)],
	fix: {
		say: `write ${other === "seconds" ? Number(set.value) * 1000 : Number(set.value) / 1000}, if ${set.value!} ${other} are meant`,
	},
	severity: "warning",
});

/** `interval: 5` of a health check, which compose refuses. */
const unmeasured = ({ lines, file }: Service): Found[] =>
	lines.flatMap(({ path, value, line }): Found[] => {
		const [key, name] = [path[2], path[3]];
		const counts = key === "healthcheck" && /^(?:interval|timeout|start_period|start_interval)$/.test(name ?? "");
		if (!counts || !/^[1-9]\d*$/.test(value)) return [];
		const message = `${file.path} has ${name!} ${value} of a health check, which has no unit, and is refused without one`;
		return [{ message, evidence: [file.place(line)], fix: { say: `write the unit, such as ${value}s` } }];
	});

/** https://docs.github.com/en/actions/reference/limits: a job of a hosted runner ends after six hours. */
const MOST_MINUTES = 360;

/** `timeout-minutes: 3600` in a job that GitHub ends after 360 minutes. */
function tooLong({ part, steps, workflow: { file } }: Job): Found[] {
	const runner = part.get("runs-on");
	if (runner === undefined || !/^(?:ubuntu|windows|macos)-/.test(runner.text ?? "")) return [];
	return [part, ...steps.map((step) => step.part)].flatMap((one): Found[] => {
		const timeout = one.get("timeout-minutes");
		const minutes = Number(timeout?.text ?? "0");
		if (timeout === undefined || !(minutes > MOST_MINUTES)) return [];
		const say = minutes % 60 === 0 ? `write ${minutes / 60}, if ${minutes} seconds are meant, and` : "write";
		return [
			{
				message: `timeout-minutes is ${minutes}, and GitHub ends a job of ${runner.text!} after ${MOST_MINUTES} minutes`,
				evidence: [file.place(timeout.line)],
				fix: { say: `${say} ${MOST_MINUTES} at most` },
				severity: "warning",
			},
		];
	});
}
