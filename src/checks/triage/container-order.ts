import type { Found, StaticCheck } from "../triage-check.ts";
import { dockerCall, runOf, split } from "../workflows/docker.ts";
import { counted, workflowsOf, type Job } from "../workflows/model.ts";
import { scriptOf, type StepScript } from "../workflows/script.ts";
import { functionsIn } from "../workflows/functions.ts";

const USES = new Set(["exec", "logs", "cp", "wait", "port", "top", "attach", "restart", "inspect"]);

export default {
	code: "TS206",
	scope: "static",
	severity: "error",
	question: "Is every container of a job started before it is used?",
	why: "`docker logs` and `docker exec` say `no such container`, and the fault that they should show stays hidden.",
	example: "`docker logs app` above `docker run --name app …` in the same job. Move it below.",
	run(tree) {
		return { looked: counted(tree), findings: workflowsOf(tree).flatMap(({ jobs }) => jobs.flatMap(early)) };
	},
} satisfies StaticCheck;

interface Use {
	name: string;
	verb: string;
	order: number;
	script: StepScript;
	at: number;
}

function early(job: Job): Found[] {
	const scripts = job.steps.flatMap((step) => scriptOf(step) ?? []);
	const [uses, starts]: [Use[], Map<string, Use>] = [[], new Map()];
	let order = 0;
	for (const script of scripts)
		for (const command of script.commands) {
			order += 1;
			const call = dockerCall(command);
			if (call === undefined) continue;
			const at = command.words[0]!.start;
			const name = runOf(command)?.name;
			if (name !== undefined && !starts.has(name)) starts.set(name, { name, verb: call.verb, order, script, at });
			if (
				USES.has(call.verb) &&
				!isTest(script, at) &&
				!functionsIn(script.text).some(({ start, end }) => at > start && at < end)
			)
				uses.push(...usedBy(call.verb, call.rest).map((one) => ({ name: one, verb: call.verb, order, script, at })));
		}
	return uses.flatMap((use) => {
		const start = starts.get(use.name);
		return start === undefined || use.order > start.order ? [] : [foundFor(use, start)];
	});
}

function usedBy(verb: string, rest: Parameters<typeof split>[0]): string[] {
	const { args } = split(rest);
	const [first] = args;
	if (first === undefined || first.dynamic) return [];
	return verb === "cp" ? args.flatMap(({ text }) => /^([\w.-]{2,}):/.exec(text)?.[1] ?? []) : [first.text];
}

/** `if docker inspect app`, `docker inspect app && …`: asks whether it is there. */
const isTest = ({ text }: StepScript, at: number): boolean => {
	const line = text.slice(at).split("\n")[0]!;
	const before = text.slice(text.lastIndexOf("\n", at) + 1, at);
	return (
		/^\s*(?:if|while|until)\b|!\s*$/.test(before) ||
		(/^docker(?: container)? inspect/.test(line) && /&&|\|\|/.test(line))
	);
};

function foundFor({ name, verb, script, at }: Use, start: Use): Found {
	return {
		message: `\`docker ${verb} ${name}\` in step "${script.step.title}" goes before the start of ${name}`,
		evidence: [script.place(at), start.script.place(start.at)],
		fix: { say: `move it below \`docker ${start.verb} … --name ${name}\`` },
	};
}
