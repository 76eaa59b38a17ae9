import type { Found, StaticCheck } from "../triage-check.ts";
import { credentialsIn, type Told } from "../workflows/credentials.ts";
import { counted, workflowsOf, type Job } from "../workflows/model.ts";

export default {
	code: "TS217",
	scope: "static",
	severity: "error",
	question: "Do the servers of a job and their clients have the same credentials?",
	why: "When the password is changed on one side only, the server refuses the program under test, and the test blames the program.",
	example:
		"`MINIO_ROOT_PASSWORD=a` for the store and `AWS_SECRET_ACCESS_KEY=b` for the app. State it once, in `env` of the job.",
	run(tree) {
		const jobs = workflowsOf(tree).flatMap((workflow) => workflow.jobs);
		return { looked: counted(tree), findings: jobs.flatMap(differing) };
	},
} satisfies StaticCheck;

const isKnown = ({ value }: Told): boolean => value !== "" && !/[$`]|\{\{/.test(value);

function differing(job: Job): Found[] {
	const all = credentialsIn(job).filter(isKnown);
	const servers = Map.groupBy(
		all.filter(({ server }) => server),
		({ kind, what }) => `${kind} ${what}`,
	);
	return [...servers].flatMap(([key, told]): Found[] => {
		const values = new Set(told.map(({ value }) => value));
		const clients = all.filter((one) => !one.server && `${one.kind} ${one.what}` === key);
		const other = clients.find(({ value }) => !values.has(value));
		// Somebody else's credentials of the same name, where another client has the right ones.
		if (other === undefined || clients.some(({ value, name }) => values.has(value) && name === other.name)) return [];
		const [server] = told;
		return [
			{
				message: `job \`${job.id}\` gives the ${server!.kind} server \`${server!.name}\` and its client \`${other.name}\`, and they differ`,
				evidence: [other.place, server!.place],
				fix: { say: `give both one value: an env of the job, made for each run (openssl rand -hex 16)` },
			},
		];
	});
}
