import type { Found, StaticCheck } from "../triage-check.ts";
import { dockerCall, environmentOf, runOf, type Run } from "../workflows/docker.ts";
import { counted, workflowsOf, type Job } from "../workflows/model.ts";
import { scriptOf, type StepScript } from "../workflows/script.ts";

export default {
	code: "TS207",
	scope: "static",
	severity: "error",
	question: "Can every container of a job be reached by the address that the others are given?",
	why: "Docker's default network resolves no container names, and a container that has ended has no address: an empty host ends up in the settings of the next one.",
	example:
		"`IP=$(docker inspect -f '{{…IPAddress}}' db)` without `[ -n \"$IP\" ]`; `-e DB=db:5432` without a common `--network`.",
	run(tree) {
		const jobs = workflowsOf(tree).flatMap((workflow) => workflow.jobs);
		return {
			looked: counted(tree),
			findings: jobs.flatMap((job) => [...emptyAddresses(job), ...namesWithoutNetwork(job), ...withoutDatabase(job)]),
		};
	},
} satisfies StaticCheck;

const ADDRESS = /([A-Za-z_]\w*)=["']?\$\(\s*(?:sudo\s+)?docker(?: container)? inspect\b[^\n]*IPAddress[^\n]*\)/g;

function emptyAddresses(job: Job): Found[] {
	return job.steps.flatMap((step) => {
		const script = scriptOf(step);
		if (script === undefined || !script.text.includes("IPAddress")) return [];
		return [...script.text.matchAll(ADDRESS)].flatMap(({ index, 1: name }): Found[] => {
			if (isGuarded(script.text, index, name!)) return [];
			return [
				{
					message: `step "${step.title}" reads the address of a container once; \`${name}\` is empty when the container has ended or is not ready`,
					evidence: [script.place(index)],
					fix: { say: `repeat it until it is there and then fail: [ -n "$${name}" ] || { docker ps -a; exit 1; }` },
					severity: "warning",
				},
			];
		});
	});
}

function isGuarded(text: string, at: number, name: string): boolean {
	const before = text.slice(0, at);
	const inLoop = before.split(/\bdo\b/).length > before.split(/\bdone\b/).length;
	const asked = new RegExp(
		`-[zn]\\s+["']?\\$\\{?${name}\\b|\\$\\{${name}:?\\?|["']?\\$\\{?${name}\\}?["']?\\s*(?:==?|!=)\\s*(?:""|'')`,
	);
	return inLoop || asked.test(text.slice(at));
}

/** Images that end at once when no database is named to them. */
const NEEDY: readonly (readonly [RegExp, RegExp, string])[] = [
	[
		/^(?:docker\.io\/)?temporalio\/(?:auto-setup|server)(?::|@|$)/,
		/(?:POSTGRES|MYSQL|CASSANDRA|SQLITE)\w*|^DB$/,
		"use temporalio/temporal with server start-dev, or start a database and name it by DB and POSTGRES_SEEDS",
	],
];

/** A stopped container has no name and no address: the network is blamed for it. */
function withoutDatabase(job: Job): Found[] {
	return job.steps.flatMap((step) => {
		const script = scriptOf(step);
		return (script?.commands ?? []).flatMap((command): Found[] => {
			const run = runOf(command);
			const needy = NEEDY.find(([image]) => image.test(run?.image?.text ?? ""));
			if (run === undefined || needy === undefined) return [];
			const told = run.options.some(
				({ name, text }) =>
					name === "--env-file" || ((name === "-e" || name === "--env") && needy[1].test(text.split("=")[0]!)),
			);
			if (told || run.args.length > 0) return [];
			return [
				{
					message: `${run.image!.text} ends at once: it needs a database, and none is named to it`,
					evidence: [script!.place(command.words[0]!.start)],
					fix: { say: needy[2] },
				},
			];
		});
	});
}

interface Started {
	run: Run;
	script: StepScript;
}

function namesWithoutNetwork(job: Job): Found[] {
	const scripts = job.steps.flatMap((step) => scriptOf(step) ?? []);
	const text = scripts.map((script) => script.text).join("\n");
	if (/docker network connect|--network-alias|--link\b|--add-host|network_mode/.test(text)) return [];
	const started = scripts.flatMap((script): Started[] =>
		script.commands.flatMap((command) => runOf(command) ?? []).map((run) => ({ run, script })),
	);
	const named = started.filter(({ run }) => run.name !== undefined && !/[$]/.test(run.name));
	return started.flatMap((user) =>
		named.flatMap((server) => (server.run === user.run ? [] : (unreachable(user, server) ?? []))),
	);
}

function unreachable({ run, script }: Started, server: Started): Found | undefined {
	const name = server.run.name!;
	const asked = new RegExp(`(?:^|[/@,])${RegExp.escape(name)}(?::\\d+|/|$)`);
	const used = environmentOf(run).find(
		({ value }) => value.includes(name) && asked.test(value) && (value.includes(":") || value.includes("/")),
	);
	if (
		used === undefined ||
		(run.network !== undefined && (run.network === server.run.network || run.network.includes("$")))
	)
		return undefined;
	if (dockerCall(run.call.command) === undefined || server.run.network?.includes("$")) return undefined;
	const where = ({ network }: Run) => (network === undefined ? "the default network" : `network ${network}`);
	return {
		message: `\`${used.name}=${used.value}\` names container ${name}, which is on ${where(server.run)}; the container that is given it is on ${where(run)}, where the name does not resolve`,
		evidence: [script.place(used.option.word.start), server.script.place(server.run.call.command.words[0]!.start)],
		fix: { say: "docker network create ci, and start both with --network ci" },
	};
}
