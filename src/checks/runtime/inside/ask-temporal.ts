import type { Socket } from "node:net";
import type { Rung, Tools } from "./tools.ts";

/**
 * DescribeNamespace over gRPC, by hand: the image's own client takes a second to load. Status codes:
 * https://grpc.github.io/grpc/core/md_doc_statuscodes.html
 */
export async function askTemporal(tools: Tools, socket: Socket, rungs: Rung[]): Promise<void> {
	const namespace = tools.environment["TEMPORAL_NAMESPACE"] || "default";
	const apiKey = tools.environment["TEMPORAL_API_KEY"];
	const name = Buffer.from(namespace);
	const varint = (value: number): number[] =>
		value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
	const message = Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]);
	const head = Buffer.alloc(5);
	head.writeUInt32BE(message.length, 1);
	const answer = await tools.rung(rungs, "answer", async () => {
		const session = process
			.getBuiltinModule("node:http2")
			.connect("http://temporal", { createConnection: () => socket });
		try {
			const value = await new Promise<{ status: number; words: string }>((resolve, reject) => {
				const fail = (error: Error) => reject(error);
				session.on("error", fail).on("close", () => reject(new Error("it closed the connection")));
				const call = session.request({
					":method": "POST",
					":path": "/temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace",
					...{ "content-type": "application/grpc", te: "trailers", "temporal-namespace": namespace },
					...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}),
				});
				const take = (headers: Record<string, string | string[] | number | undefined>) => {
					const status = Number(headers["grpc-status"] ?? Number.NaN);
					if (Number.isNaN(status)) return;
					resolve({ status, words: decodeURIComponent(`${headers["grpc-message"]?.toString() ?? ""}`) });
				};
				call
					.on("response", take)
					.on("trailers", take)
					.on("error", fail)
					.on("data", () => {});
				call.setTimeout(2_500, () => reject(new Error("it does not answer in 2.5 s")));
				call.on("close", () => reject(new Error("it is no gRPC server")));
				call.end(Buffer.concat([head, message]));
			});
			return { value, detail: "it speaks gRPC" };
		} finally {
			session.destroy();
		}
	});
	if (!answer) return;
	const { status, words } = answer;
	const refused = status === 16 || status === 7;
	const said = `${words || "refused"} (gRPC status ${status})`;
	await tools.rung(rungs, "credential", async () => {
		if (refused) throw new Error(said);
		return { value: true, detail: apiKey ? "the API key is taken" : "none is asked for" };
	});
	if (refused) return;
	await tools.rung(rungs, "namespace", async () => {
		if (status === 5) throw new Error(`there is no namespace ${namespace}`);
		if (status !== 0) throw new Error(said);
		return { value: true, detail: namespace };
	});
}
