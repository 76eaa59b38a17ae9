import type { Found, StaticCheck } from "../triage-check.ts";
import { buildsOf, type Build } from "../workflows/builds.ts";
import { runOf } from "../workflows/docker.ts";
import { isGate } from "../workflows/gates.ts";
import { counted, workflowsOf, type Job, type Workflow } from "../workflows/model.ts";
import { scriptOf } from "../workflows/script.ts";
import { filled } from "../workflows/tags.ts";
import { unmadeTags, type Unmade } from "../workflows/unmade-tags.ts";

export default {
	code: "TS216",
	scope: "static",
	severity: "warning",
	question: "Is the image that is tested the one that is pushed, started as it will be?",
	why: "A green smoke test of another Dockerfile, other build arguments or a replaced entrypoint says nothing about the image that is published.",
	example:
		"The smoke test builds `Dockerfile.ci` and the next step pushes `Dockerfile`. Push the tested image, or test the pushed digest.",
	run(tree) {
		const findings = workflowsOf(tree).flatMap((workflow) => [
			...otherImage(workflow),
			...workflow.jobs.flatMap(replaced),
			...workflow.jobs.flatMap(unmadeTags).map(otherTag),
		]);
		return { looked: counted(tree), findings };
	},
} satisfies StaticCheck;

const isPushed = ({ push }: Build): boolean => push !== undefined && !/^\s*(?:false|no)/.test(push.text);
const bare = (text: string): string => text.replaceAll(/["']/g, "");

/** Whether a script or a test after the build runs one of its tags. */
function isTested(build: Build): boolean {
	const tags = build.tags.map(({ text }) => bare(filled(text, build.step)));
	return build.step.job.steps.slice(build.step.index).some((step) => {
		const script = scriptOf(step);
		return script?.commands.some((command) => {
			const image = runOf(command)?.image;
			return image !== undefined && tags.includes(bare(filled(script.raw(image), step)));
		});
	});
}

const pushesLater = (build: Build): boolean => {
	const later = build.step.job.steps
		.slice(build.step.index)
		.map(({ run }) => run?.text ?? "")
		.join("\n");
	return /docker (?:image )?push\b/.test(later);
};

function otherImage(workflow: Workflow): Found[] {
	const builds = workflow.jobs.flatMap(buildsOf);
	const tested = builds.filter((build) => !isPushed(build) && !pushesLater(build) && isTested(build));
	const pushed = builds.filter((build) => isPushed(build) && !isTested(build));
	if (tested.length !== 1) return [];
	const [test] = tested;
	// A base image is built from another Dockerfile, and is no twin.
	const twins = pushed.filter(
		(one) => one.context === test!.context && !/base/i.test(one.file ?? "") && one.tags.length > 0,
	);
	if (twins.length === 0 || twins.some((twin) => differ(test!, twin) === undefined)) return [];
	const [twin] = twins;
	return [
		{
			message: `what is tested is not what is pushed: ${differ(test!, twin!)}`,
			evidence: [test!.place, twin!.place],
			fix: { say: "push the image that was tested (docker tag, docker push), or build both alike" },
		},
	];
}

const otherTag = ({ used, step, place, made }: Unmade): Found => ({
	message: `step "${step.title}" uses ${used}, and the job builds that image as ${made.text} alone`,
	severity: "error",
	evidence: [place, made.place],
	fix: { say: `write the tag that was built: ${made.text}` },
});

function differ(test: Build, push: Build): string | undefined {
	if (test.file !== undefined && push.file !== undefined && test.file !== push.file)
		return `${test.file} is tested, ${push.file} is pushed`;
	if (test.target !== push.target)
		return `the stage ${test.target ?? "at the end"} is tested, the stage ${push.target ?? "at the end"} is pushed`;
	const named = ({ buildArgs }: Build) =>
		new Map(buildArgs.map(({ text }) => [text.split("=")[0]!, text.slice(text.indexOf("=") + 1)]));
	const [a, b] = [named(test), named(push)];
	const name = [...new Set([...a.keys(), ...b.keys()])].find((one) => a.get(one) !== b.get(one));
	return name === undefined
		? undefined
		: `the build argument ${name} is ${a.get(name) ?? "not set"} in the one and ${b.get(name) ?? "not set"} in the other`;
}

/** A service of a smoke test that is started with another program than the image's own. */
function replaced(job: Job): Found[] {
	const built = new Set(buildsOf(job).flatMap(({ tags, step }) => tags.map(({ text }) => bare(filled(text, step)))));
	if (!job.steps.some(isGate)) return [];
	return job.steps.flatMap((step) => {
		const script = scriptOf(step);
		return (script?.commands ?? []).flatMap((command): Found[] => {
			const run = runOf(command);
			if (run?.image === undefined || !run.detached || !built.has(bare(filled(script!.raw(run.image), step))))
				return [];
			const entry = run.options.find(({ name }) => name === "--entrypoint");
			const other = entry?.word ?? run.args[0];
			if (other === undefined) return [];
			const what =
				entry === undefined
					? `the command \`${run.args
							.map(({ text }) => text)
							.join(" ")
							.slice(0, 60)}\``
					: `the entrypoint \`${entry.text}\``;
			return [
				{
					message: `the smoke test starts the image with ${what} in place of its own, which stays untested`,
					evidence: [script!.place(other.start)],
					fix: { say: "start it as it will be started: without an entrypoint and without a command" },
				},
			];
		});
	});
}
