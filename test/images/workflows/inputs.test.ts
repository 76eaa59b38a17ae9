import { expect, it } from "vitest";
import { z } from "zod";
import { ACTIVITIES } from "../../../src/contracts/task-names.ts";
import { ACTIVITY_INPUT, enqueueSchema, WORKFLOW_INPUT, WORKFLOWS } from "../../../src/contracts/tasks.ts";

/** Executions that run during a roll were started with the inputs of the build before. */
it("workflows and activities take what they took: whoever changes this changes what runs now", () => {
	const schemas = { ...WORKFLOW_INPUT, enqueue: enqueueSchema, ...ACTIVITY_INPUT };
	const shapes = Object.entries(schemas).map(([name, schema]) => [name, z.toJSONSchema(schema, { io: "input" })]);
	expect(Object.fromEntries(shapes)).toMatchSnapshot();
});

it("every workflow, and every activity with an input, has a schema", () => {
	expect(Object.keys(WORKFLOW_INPUT).toSorted()).toEqual(Object.values(WORKFLOWS).toSorted());
	const activities = [...ACTIVITIES.cpu, ...ACTIVITIES.gpu].filter((name) => name !== "refresh_index");
	expect(Object.keys(ACTIVITY_INPUT).toSorted()).toEqual(activities.toSorted());
});
