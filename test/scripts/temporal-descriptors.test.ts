import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import protobuf from "protobufjs/light.js";
import { expect, it } from "vitest";
import { trimmed } from "../../scripts/temporal-descriptors.js";
import { CALLS } from "../../src/temporal/calls.ts";

const file = createRequire(import.meta.url).resolve("@temporalio/proto/protos/json-module.js");
const code = readFileSync(file, "utf8");
const all = JSON.parse(code.slice(code.indexOf(".addJSON(") + 9, code.lastIndexOf(");"))) as protobuf.AnyNestedObject;
const full = new protobuf.Root().addJSON(all as never).root;
const kept = new protobuf.Root().addJSON(trimmed(all, CALLS)).root;
const V1 = "temporal.api.workflowservice.v1";

it("keeps the calls of cres, and all that their messages hold", () => {
	expect(Object.keys(kept.lookupService(`${V1}.WorkflowService`).methods).toSorted()).toEqual([...CALLS].toSorted());
	expect(() => kept.resolveAll()).not.toThrow();
	expect(kept.lookup(`${V1}.QueryWorkflowRequest`)).toBeNull();
	expect(JSON.stringify(kept.toJSON()).length).toBeLessThan(JSON.stringify(full.toJSON()).length / 4);
});

it("reads of a history how it ended, and passes over the rest", () => {
	const result = { payloads: [{ data: Buffer.from("1") }] };
	const events = [
		{ eventId: 1, workflowTaskStartedEventAttributes: { identity: "worker" } },
		{ eventId: 2, workflowExecutionCompletedEventAttributes: { result } },
	];
	const name = `${V1}.GetWorkflowExecutionHistoryResponse`;
	const sent = full
		.lookupType(name)
		.encode(full.lookupType(name).fromObject({ history: { events } }))
		.finish();
	const { history } = kept.lookupType(name).decode(sent).toJSON() as { history: { events: object[] } };
	expect(history.events).toEqual([
		{ eventId: "1" },
		{ eventId: "2", workflowExecutionCompletedEventAttributes: { result: { payloads: [{ data: "MQ==" }] } } },
	]);
});
