import type { Socket } from "node:net";
import type { Rung, Tools } from "./tools.ts";

/** Lists one object, signed (AWS Signature Version 4). Codes: docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export async function askStore(tools: Tools, socket: Socket, rungs: Rung[]): Promise<void> {
	const { createHash, createHmac } = process.getBuiltinModule("node:crypto");
	const { environment: env, split } = tools;
	const bucket = env["MINIO_BUCKET"] || "cres";
	const id = env["MINIO_ACCESS_KEY"] || env["AWS_ACCESS_KEY_ID"];
	const secret = env["MINIO_SECRET_KEY"] || env["AWS_SECRET_ACCESS_KEY"];
	const region = env["MINIO_REGION"] || "us-east-1";
	const inPath = !/^(0|false|no|off)$/i.test(env["MINIO_PATH_STYLE"] ?? "");
	const endpoint = (env["MINIO_ENDPOINT"] ?? "").trim();
	const host = inPath ? endpoint : `${bucket}.${endpoint}`;
	const path = inPath ? `/${bucket}` : "/";
	const query = "list-type=2&max-keys=1";
	const sha = (text: string): string => createHash("sha256").update(text).digest("hex");
	const mac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
	const signed = (at: string): Record<string, string> => {
		const [day, empty] = [at.slice(0, 8), sha("")];
		const names = "host;x-amz-content-sha256;x-amz-date";
		const headers = `host:${host}\nx-amz-content-sha256:${empty}\nx-amz-date:${at}\n`;
		const scope = `${day}/${region}/s3/aws4_request`;
		const request = ["GET", path, query, headers, names, empty].join("\n");
		const toSign = ["AWS4-HMAC-SHA256", at, scope, sha(request)].join("\n");
		const key = [region, "s3", "aws4_request"].reduce(mac, mac(`AWS4${secret}`, day));
		const authorization = `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names}, Signature=${mac(key, toSign).toString("hex")}`;
		return { host, "x-amz-date": at, "x-amz-content-sha256": empty, authorization };
	};
	const answer = await tools.rung(rungs, "answer", async () => {
		const headers = signed(new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, ""));
		const options = { createConnection: () => socket, host: split(endpoint).host, path: `${path}?${query}`, headers };
		const value = await tools.http(options);
		return { value, detail: `HTTP ${value.status}` };
	});
	socket.destroy();
	if (!answer) return;
	const code = /<Code>(\w+)<\/Code>/.exec(answer.text)?.[1] ?? "";
	const refused =
		/^(InvalidAccessKeyId|SignatureDoesNotMatch|RequestTimeTooSkewed|ExpiredToken|InvalidToken|AuthorizationHeaderMalformed)$/;
	const taken = await tools.rung(rungs, "credential", async () => {
		if (!id || !secret) throw new Error("no access key is set");
		const unsaid = answer.status === 401 || (answer.status === 403 && code === "");
		if (unsaid || refused.test(code)) throw new Error(`${code || "refused"} (HTTP ${answer.status})`);
		return { value: true, detail: "the keys are taken" };
	});
	if (!taken) return;
	await tools.rung(rungs, "bucket", async () => {
		if (answer.status !== 200) throw new Error(`bucket ${bucket}: ${code || "refused"} (HTTP ${answer.status})`);
		return { value: true, detail: bucket };
	});
}
