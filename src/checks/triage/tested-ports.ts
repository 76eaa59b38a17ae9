import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";
import { runOf } from "../workflows/docker.ts";
import { counted, workflowsOf, type Job } from "../workflows/model.ts";
import { scriptOf } from "../workflows/script.ts";

/** What runs the tests that a configuration of the tree is for. */
const TESTS =
	/(?:^|[\s;&|])(?:(?:npm|pnpm|yarn|bun)(?: run)? test\b|(?:npx |pnpm |yarn )?(?:vitest|jest|mocha|playwright)\b|(?:python3? -m )?pytest\b|go test\b|make (?:[\w-]+ )*test\b|tox\b|nox\b)/m;
const OF_TESTS =
	/(?:^|\/)(?:(?:vitest|jest|playwright|cypress|mocha)\.\w*\.?\w+|pytest\.ini|conftest\.py|\.env\.(?:test|ci))$/;

export default {
	code: "TS161",
	scope: "static",
	severity: "error",
	question: "Do the tests of a workflow ask its containers on the ports that it publishes?",
	why: "Nothing answers where the tests look: they fail, or wait until their time is over, and the container is healthy.",
	example: "`docker run -p 9100:9000 minio/minio` and the tests have `http://127.0.0.1:9000`: write -p 9000:9000.",
	run(tree) {
		const jobs = workflowsOf(tree).flatMap((workflow) => workflow.jobs.map((job) => ({ job, file: workflow.file })));
		return { looked: counted(tree), findings: jobs.flatMap(({ job, file }) => inJob(tree, job, file)) };
	},
} satisfies StaticCheck;

interface Published {
	outer: string;
	inner: string;
	place: FilePlace;
}

function inJob(tree: Tree, job: Job, file: SourceFile): Found[] {
	const all = [...started(job), ...services(job)];
	const moved = all.filter(({ inner, outer }) => inner !== outer && all.every((one) => one.outer !== inner));
	if (moved.length === 0 || !job.steps.some((step) => TESTS.test(scriptOf(step)?.text ?? ""))) return [];
	return moved.flatMap(({ outer, inner, place }): Found[] => {
		const named = new RegExp(`(?<![\\w.])${outer}(?![\\w.])`, "g");
		const isNamed = tree.files.some(
			(one) => one.language !== "markdown" && one.includes(outer) && one.matches(named).length > (one === file ? 1 : 0),
		);
		const asked = isNamed ? [] : tree.files.flatMap((one) => askedIn(one, inner));
		const [first] = asked;
		if (first === undefined) return [];
		return [
			{
				message: `${file.path} publishes port ${inner} of a container as ${outer}, and the tests ask ${inner}`,
				evidence: [place, ...asked.slice(0, 4)],
				fix: { say: `write ${inner}:${inner}, or give the tests ${outer}` },
			},
		];
	});
}

/** `docker run -p 9100:9000` of the steps. */
const started = (job: Job): Published[] =>
	job.steps.flatMap((step) => {
		const script = scriptOf(step);
		return (script?.commands ?? []).flatMap((command) =>
			(runOf(command)?.options ?? []).flatMap(({ name, text, word }): Published[] => {
				const [, outer, inner] =
					name === "-p" || name === "--publish" ? (/^(?:[\d.]+:)?(\d{2,5}):(\d{2,5})(?:\/tcp)?$/.exec(text) ?? []) : [];
				return outer === undefined ? [] : [{ outer, inner: inner!, place: script!.place(word.start) }];
			}),
		);
	});

/** `services: {store: {ports: ["9100:9000"]}}` */
const services = (job: Job): Published[] =>
	[...(job.part.get("services")?.map?.values() ?? [])].flatMap((service) =>
		(service.get("ports")?.list ?? []).flatMap((one): Published[] => {
			const [, outer, inner] = /^(\d{2,5}):(\d{2,5})(?:\/tcp)?$/.exec(one.text ?? "") ?? [];
			return outer === undefined ? [] : [{ outer, inner: inner!, place: one.place }];
		}),
	);

/** Tests and their settings that name the port of this machine. */
function askedIn(file: SourceFile, port: string): FilePlace[] {
	if (!file.includes(`:${port}`) || (standingOf(file.path) !== "test" && !OF_TESTS.test(file.path))) return [];
	return file
		.matches(new RegExp(`(?:localhost|127\\.0\\.0\\.1|\\[::1\\]):${port}(?!\\d)`, "g"))
		.filter(({ index }) => !isComment(file, index))
		.map(({ index }) => placeIn(file, file.lineAt(index)));
}
