import {
	shaOf,
	type Conclusion,
	type IssueState,
	type JobState,
	type RepositoryState,
	type RunState,
	type World,
} from "./state.ts";

/** The steps of the one job of a run, unless others are wanted. */
const USUAL_STEPS = ["checkout", "cres build --push", "cres smoke", "cres ci record"];

export interface RunSeed {
	sha: string;
	workflow?: string;
	event?: string;
	branch?: string;
	/** `owner/name` of a fork. */
	from?: string;
	steps?: readonly string[];
}

/** A repository of that name; made when there is none. */
export function repositoryNamed(world: World, name: string): RepositoryState {
	const known = world.repositories.find((one) => one.name === name);
	if (known) return known;
	const made = { id: world.nextId(), name, earlier: [], commits: [], branches: {}, runs: [], statuses: [], issues: [] };
	world.repositories.push(made);
	return made;
}

/** Puts a commit on top of a branch; returns its SHA. */
export function addCommit(
	world: World,
	repository: RepositoryState,
	{ sha = shaOf(`${repository.name} ${world.nextId()}`), branch = "main", message = "a commit" } = {},
): string {
	const parent = repository.branches[branch];
	repository.commits.push({ sha, message, at: world.now(), parents: parent === undefined ? [] : [parent] });
	repository.branches[branch] = sha;
	return sha;
}

/** A run that waits for its runner. */
export function addRun(world: World, repository: RepositoryState, seed: RunSeed): RunState {
	const { sha, workflow = "images.yml", event = "push", branch = "main", from = repository.name } = seed;
	const at = world.now();
	const run: RunState = {
		...{ id: world.nextId(), attempt: 1, workflow, event, sha, branch, from },
		number: repository.runs.filter((one) => one.workflow === workflow).length + 1,
		...{ status: "queued", conclusion: null, createdAt: at, startedAt: at, updatedAt: at },
		jobs: [newJob(world, seed.steps ?? USUAL_STEPS)],
	};
	repository.runs.push(run);
	return run;
}

const newJob = (world: World, steps: readonly string[]): JobState => ({
	...{ id: world.nextId(), name: "build", status: "queued", conclusion: null, startedAt: null, completedAt: null },
	steps: steps.map((name) => ({ name, status: "queued", conclusion: null, startedAt: null, completedAt: null })),
});

/** The first step runs. */
export function beginRun(world: World, run: RunState): void {
	const at = world.now();
	Object.assign(run, { status: "in_progress", updatedAt: at });
	for (const job of run.jobs) {
		Object.assign(job, { status: "in_progress", startedAt: at });
		if (job.steps[0]) Object.assign(job.steps[0], { status: "in_progress", startedAt: at });
	}
}

/** Ends every job; a conclusion other than success befalls the step of that name, or the first one. */
export function endRun(world: World, run: RunState, conclusion: Conclusion, atStep?: string): void {
	const at = world.now();
	for (const job of run.jobs) {
		const bad =
			conclusion === "success"
				? -1
				: Math.max(
						0,
						job.steps.findIndex(({ name }) => name === atStep),
					);
		for (const [index, step] of job.steps.entries()) {
			const after = bad >= 0 && index > bad;
			const own = index === bad ? conclusion : after ? "skipped" : "success";
			Object.assign(step, { status: "completed", conclusion: own, startedAt: step.startedAt ?? at, completedAt: at });
		}
		Object.assign(job, { status: "completed", conclusion, startedAt: job.startedAt ?? at, completedAt: at });
	}
	Object.assign(run, { status: "completed", conclusion, updatedAt: at });
}

/** Another attempt of the same run: same id and number, new jobs. */
export function rerun(world: World, run: RunState): void {
	const at = world.now();
	const jobs = run.jobs.map(({ steps }) =>
		newJob(
			world,
			steps.map(({ name }) => name),
		),
	);
	Object.assign(run, {
		attempt: run.attempt + 1,
		status: "queued",
		conclusion: null,
		startedAt: at,
		updatedAt: at,
		jobs,
	});
}

/** A label of a repository; one that is there stays. */
export function addLabel(repository: RepositoryState, name: string): void {
	repository.labels = [...new Set([...(repository.labels ?? []), name])];
}

/** An open issue, whose labels the repository has. */
export function addIssue(
	world: World,
	repository: RepositoryState,
	given: Pick<IssueState, "title"> & Partial<IssueState>,
): IssueState {
	const at = world.now();
	const number = repository.issues.length + 1;
	const usual = { body: null, state: "open" as const, labels: [], isPullRequest: false, closedAt: null };
	const issue = { ...usual, id: world.nextId(), number, createdAt: at, updatedAt: at, ...given };
	repository.issues.push(issue);
	for (const label of issue.labels) addLabel(repository, label);
	return issue;
}
