import type { Command } from "../shell/lexer.ts";
import type { Job, Step, Workflow } from "./model.ts";
import { dockerCall, split, type DockerCall } from "./docker.ts";
import { scriptOf, typed } from "./script.ts";
import { pushedBy } from "./tags.ts";
import { once } from "../tree/once.ts";

const PROGRAM =
	/^(?:python[\d.]* -m |uv run |poetry run |pipenv run |npx |bunx |pnpm exec |yarn |bundle exec |coverage run -m )*(?:pytest|py\.test|tox|nox|unittest|jest|vitest|mocha|ava|playwright test|cypress run|go test|go vet|cargo (?:test|clippy)|ctest|rspec|phpunit|dotnet test|(?:\.\/)?(?:mvnw?|gradlew?)(?: \S+)* (?:test|verify|check|integrationTest)|(?:npm|pnpm|yarn|bun)(?: run| --?[^\s-]\S*)* (?:test|t|lint|check|typecheck|e2e|smoke|verify)(?:[:\w-]*)|(?:make|just|task)(?: -\S+)* \S*(?:test|check|lint|smoke|verify)\S*|eslint|ruff|flake8|mypy|pyright|tsc|shellcheck|hadolint|golangci-lint|actionlint)(?:\s|$)/;
const SCRIPT =
	/(?:^|[\s/_.-])(?:smoke|smoke[-_]?test|health[-_]?check|run[-_]?tests?|e2e|integration(?:[-_]tests?)?|tests?|checks?|verify|probe|container_smoke)(?:[-_][\w-]*)?\.(?:sh|py|mjs|js|ts|ps1)(?:\s|$)/i;
const TITLE = /\b(?:smoke|tests?|e2e|integration|health ?checks?|verify|verification|probe|lint|type ?check)\b/i;
const NOT_TITLE =
	/\b(?:upload|download|publish|install|set ?up|setup|clean|cleanup|build|prepare|cache|report|comment|summary|coverage|logs?|dump|stop|tear|results?|artifacts?|notify|login)\b/i;
const ACTION =
	/^(?:cypress-io\/github-action|golangci\/golangci-lint-action|aquasecurity\/trivy-action|hadolint\/hadolint-action|ludeeus\/action-shellcheck|pre-commit\/action|super-linter\/super-linter)@/;

/** Whether a command is a test: a test runner, a linter, a script of that name. */
export const isTest = (command: Command): boolean => {
	const text = typed(command);
	const call = dockerCall(command);
	if (call !== undefined) return isTestIn(call);
	return PROGRAM.test(text) || SCRIPT.test(text.split(/\s+/).slice(0, 3).join(" "));
};

/** `docker exec app pytest`, `docker run app ./smoke.sh`. */
function isTestIn({ verb, rest }: DockerCall): boolean {
	if (verb !== "run" && verb !== "exec") return false;
	const inside = split(rest)
		.args.slice(1)
		.map(({ text }) => text)
		.join(" ");
	return PROGRAM.test(inside) || SCRIPT.test(inside);
}

/** Whether its title says that a step is one. */
export const isTitled = ({ part, title }: Step): boolean =>
	part.get("name") !== undefined && TITLE.test(title) && !NOT_TITLE.test(title);

/** Whether a step tests something, so that its failure should stop what follows. */
export const isGate = once(testsSomething);

function testsSomething(step: Step): boolean {
	if (step.uses !== undefined) return ACTION.test(step.uses.text!);
	return isTitled(step) || (scriptOf(step)?.commands.some(isTest) ?? false);
}

/** Whether a job is there to test. */
export const isTestJob = (job: Job): boolean =>
	!/publish|deploy|release|upload|push/i.test(job.id) &&
	(/(?:^|[-_])(?:tests?|smoke|e2e|checks?|verify|unit|integration|ci)(?:[-_]|$)/i.test(job.id) ||
		job.steps.some(isGate));

const PUBLISHES =
	/^(?:npm publish|yarn publish|pnpm publish|twine upload|(?:python[\d.]* -m )twine upload|poetry publish|uv publish|cargo publish|helm push|gem push|goreleaser release)\b/;
const PUBLISHER = /^(?:pypa\/gh-action-pypi-publish|goreleaser\/goreleaser-action|JS-DevTools\/npm-publish)@/;

/** Whether a step gives something to the world: an image, a package. */
export function publishes(step: Step): "image" | "package" | undefined {
	if (step.uses !== undefined) {
		if (step.uses.text!.startsWith("docker/build-push-action@"))
			return /^\s*true\s*$/.test(step.with.get("push")?.text ?? "") ? "image" : undefined;
		return PUBLISHER.test(step.uses.text!) ? "package" : undefined;
	}
	const commands = scriptOf(step)?.commands ?? [];
	if (
		commands.some(
			(command) =>
				dockerCall(command)?.verb === "push" ||
				(dockerCall(command)?.verb === "build" && /\s--push\b/.test(typed(command))),
		)
	)
		return "image";
	return commands.some((command) => PUBLISHES.test(typed(command)) && !/--dry-run/.test(typed(command)))
		? "package"
		: undefined;
}

const byId = once(({ jobs }: Workflow): ReadonlyMap<string, Job> => new Map(jobs.map((one) => [one.id, one])));

/** The jobs that must have ended well before a job begins. */
export const before = once((job: Job): ReadonlySet<Job> => {
	const jobs = byId(job.workflow);
	const found = new Set<Job>();
	const waiting = [job];
	for (let one = waiting.pop(); one !== undefined; one = waiting.pop())
		for (const { text } of one.needs) {
			const other = jobs.get(text!);
			if (other === undefined || found.has(other)) continue;
			found.add(other);
			waiting.push(other);
		}
	return found;
});

/** It waits for the images of other jobs, and tests those: this job makes others. */
export function testsOthers(test: Job, job: Job): boolean {
	const made = [...before(test)].filter((one) => one.steps.some((step) => publishes(step) !== undefined));
	const [own, others] = [namesOf([job]), namesOf(made)];
	return made.length > 0 && own.size > 0 && others.size > 0 && own.isDisjointFrom(others);
}

/** What jobs push, without tags. */
const namesOf = (jobs: readonly Job[]): Set<string> =>
	new Set(jobs.flatMap((job) => pushedBy(job).map(({ text }) => text.replace(/[:@][^/]*$/, ""))));
