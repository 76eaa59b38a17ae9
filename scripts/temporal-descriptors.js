// A plugin of esbuild: leaves of Temporal's message descriptors what cres sends and reads. Building all of them, 1.4 MB of
// JSON, at each start takes longer than most questions to the server.
import { readFile } from "node:fs/promises";
import { CALLS } from "../src/temporal/calls.ts";

const MODULE = /[\\/]@temporalio[\\/]proto[\\/]protos[\\/]json-module\.js$/;
const WORKFLOW_SERVICE = "temporal.api.workflowservice.v1.WorkflowService";
/** The client looks at these by itself, in failures. */
const ALWAYS = [
	"temporal.api.common.v1.Payload",
	"temporal.api.failure.v1.Failure",
	"temporal.api.errordetails.v1",
	"google.rpc",
];
/** Messages of which cres reads these fields only; what else a server sends is passed over, as protobuf has it. */
const READ = {
	"temporal.api.history.v1.HistoryEvent":
		/^(?:eventId|eventTime|eventType|workflowExecution(?:Completed|Failed|Terminated|Canceled|TimedOut)EventAttributes)$/,
};

export const temporalDescriptors = {
	name: "temporal-descriptors",
	setup: ({ onLoad }) =>
		onLoad({ filter: MODULE }, async ({ path }) => {
			const code = await readFile(path, "utf8");
			const [from, to] = [code.indexOf(".addJSON(") + ".addJSON(".length, code.lastIndexOf(");")];
			const descriptors = JSON.parse(code.slice(from, to));
			const kept = JSON.stringify(trimmed(descriptors, CALLS));
			// What parses JSON is faster than what parses a program.
			return { contents: `${code.slice(0, from)}JSON.parse(${JSON.stringify(kept)})${code.slice(to)}`, loader: "js" };
		}),
};

/**
 * Descriptors as protobufjs adds them to a root, with the methods `calls` of the workflow service and none of the others, all
 * enums, and of the messages those that the methods reach.
 */
export function trimmed(namespaces, calls) {
	const descriptors = { nested: namespaces };
	const nodes = new Map();
	walk(descriptors, "", (name, node) => nodes.set(name, node));
	const methods = (name) =>
		Object.entries(nodes.get(name).methods).filter(([method]) => name === WORKFLOW_SERVICE && calls.has(method));
	const kept = new Set();
	const keep = (name) => {
		if (name === undefined || kept.has(name)) return;
		kept.add(name);
		const { fields = {}, nested = {} } = read(name, nodes.get(name));
		for (const { type } of Object.values(fields)) keep(resolve(nodes, name, type));
		for (const inner of Object.keys(nested)) keep(`${name}.${inner}`);
	};
	for (const [name, node] of nodes)
		if (node.methods)
			for (const [, { requestType, responseType }] of methods(name))
				for (const type of [requestType, responseType]) keep(resolve(nodes, name, type));
	for (const name of ALWAYS) keep(name);
	return prune(descriptors, "", (name, node) => {
		if (node.methods) return { methods: Object.fromEntries(methods(name)) };
		if (node.values) return node;
		return kept.has(name) ? read(name, node) : undefined;
	}).nested;
}

function read(name, node) {
	const pattern = READ[name];
	if (!pattern) return node;
	const fields = Object.fromEntries(Object.entries(node.fields).filter(([field]) => pattern.test(field)));
	const oneofs = Object.entries(node.oneofs ?? {}).map(([one, { oneof }]) => [
		one,
		{ oneof: oneof.filter((field) => field in fields) },
	]);
	return { ...node, fields, oneofs: Object.fromEntries(oneofs) };
}

const join = (path, name) => (path === "" ? name : `${path}.${name}`);

function walk(node, path, visit) {
	for (const [name, inner] of Object.entries(node.nested ?? {})) {
		visit(join(path, name), inner);
		walk(inner, join(path, name), visit);
	}
}

/** The full name of a type as it is named in a message or service: looked for there first, then further and further out. */
function resolve(nodes, from, type) {
	for (let scope = from; scope !== ""; scope = scope.slice(0, Math.max(0, scope.lastIndexOf("."))))
		if (nodes.has(join(scope, type))) return join(scope, type);
	return nodes.has(type) ? type : undefined;
}

/** Namespaces stay, for whoever names them; of the rest stays what `keep` gives. */
function prune(node, path, keep) {
	const nested = Object.entries(node.nested ?? {}).flatMap(([name, inner]) => {
		if (inner.extend) return []; // options of methods and services: nobody reads them
		const isNamespace = !inner.fields && !inner.values && !inner.methods;
		const found = isNamespace ? inner : keep(join(path, name), inner);
		return found ? [[name, isNamespace || found.nested ? prune(found, join(path, name), keep) : found]] : [];
	});
	return { ...node, nested: Object.fromEntries(nested) };
}
