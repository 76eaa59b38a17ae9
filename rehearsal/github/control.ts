import { z } from "zod";
import { defined } from "../../src/system/defined.ts";
import { serveControl, type ControlRoutes } from "../control-port.ts";
import type { Listening } from "../listen.ts";
import { faultNames } from "./faults.ts";
import { addCommit, addRun, beginRun, endRun, repositoryNamed, rerun } from "./seed.ts";
import type { GitHubDouble } from "./start.ts";
import type { RunState } from "./state.ts";

const setFault = z.strictObject({
	name: z.enum(faultNames),
	route: z.string().optional(),
	times: z.int().min(1).nullish(),
});
const clearFault = z.strictObject({ name: z.enum(faultNames).optional() });
const repository = z.string().regex(/^[\w-][\w.-]*\/[\w.-]+$/);
const commit = z.strictObject({ repository, sha: z.string().optional(), branch: z.string().optional() });
const run = z.strictObject({
	repository,
	sha: z.string(),
	workflow: z.string().optional(),
	event: z.string().optional(),
	branch: z.string().optional(),
	from: z.string().optional(),
});
const change = z.strictObject({
	id: z.int(),
	do: z.enum(["begin", "success", "failure", "cancelled", "rerun"]),
	step: z.string().optional(),
});

/** Commits and runs appear and go on by these alone: nothing is built here. */
const ROUTES: ControlRoutes<GitHubDouble> = {
	"GET /faults": ({ world }) => ({ faults: world.faults.list() }),
	"PUT /faults": ({ world }, body) => {
		const { name, ...options } = setFault.parse(body);
		world.faults.set(name, options);
		return { faults: world.faults.list() };
	},
	"DELETE /faults": ({ world }, body) => {
		world.faults.clear(clearFault.parse(body ?? {}).name);
		return { faults: world.faults.list() };
	},
	"GET /requests": ({ requests }) => ({ requests }),
	"POST /commits": ({ world }, body) => {
		const { repository: name, ...given } = commit.parse(body);
		return { sha: addCommit(world, repositoryNamed(world, name), defined(given)) };
	},
	"POST /runs": ({ world }, body) => {
		const { repository: name, ...given } = run.parse(body);
		return { id: addRun(world, repositoryNamed(world, name), defined(given)).id };
	},
	"PATCH /runs": ({ world }, body) => {
		const { id, do: what, step } = change.parse(body);
		const found = world.repositories.flatMap(({ runs }) => runs).find((one) => one.id === id);
		if (!found) throw new Error(`there is no run ${id}`);
		if (what === "begin") beginRun(world, found);
		else if (what === "rerun") rerun(world, found);
		else endRun(world, found, what, step);
		return stateOf(found);
	},
};

const stateOf = ({ id, number, attempt, status, conclusion }: RunState) => ({
	id,
	number,
	attempt,
	status,
	conclusion,
});

/** What steers a double that runs in another process: faults, commits, runs, recorded requests. */
export const startControl = (double: GitHubDouble, port: number, token: string): Promise<Listening> =>
	serveControl(ROUTES, double, { port, token });
