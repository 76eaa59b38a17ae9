import type { InsideFacts } from "../inside-facts.ts";
import type { Tools } from "./tools.ts";

/** Names and what is odd about their values; no value leaves the container. */
export function environment({ environment: env, environmentOf, processes, read }: Tools): InsideFacts["environment"] {
	const worker = processes().find(({ argv }) => argv.some((word) => word.endsWith("/worker/main.js")));
	const set = (of: Record<string, string>): string[] =>
		Object.keys(of)
			.filter((name) => of[name] !== "")
			.toSorted();
	const odd = Object.entries(env).flatMap(([name, value]) => {
		if (/^\s|\s$/.test(value)) return [{ name, what: "has a blank at an end" }];
		const isAddress = /_(ADDRESS|ENDPOINT)$/.test(name) && value !== "";
		if (isAddress && !/^(?:\[[^\]]+\]|[^\s:/]+):\d{1,5}$/.test(value)) return [{ name, what: "is not host:port" }];
		const isUrl = name.endsWith("_URL") && value !== "";
		return isUrl && !URL.canParse(value) ? [{ name, what: "is no URL" }] : [];
	});
	const pairs = [
		["MINIO_ACCESS_KEY", "AWS_ACCESS_KEY_ID"],
		["MINIO_SECRET_KEY", "AWS_SECRET_ACCESS_KEY"],
	];
	const disagree = pairs.filter(([one, other]) => env[one!] && env[other!] && env[one!] !== env[other!]);
	const seen = worker && read(`/proc/${worker.pid}/environ`) !== "" ? environmentOf(worker.pid) : undefined;
	return {
		names: set(env).slice(0, 1_000),
		worker: seen ? set(seen).slice(0, 1_000) : null,
		odd: odd.slice(0, 50),
		disagree,
	};
}

/** Climbs to Temporal and to the store as the programs here reach them; tells the certificates that it saw. */
export async function ladders(
	tools: Tools,
): Promise<{ ladders: InsideFacts["ladders"]; certificates: InsideFacts["certificates"] }> {
	const { environment: env, on, split } = tools;
	const pem = (name: string): string | undefined =>
		env[name] ? Buffer.from(env[name], "base64").toString("utf8") : undefined;
	const { X509Certificate } = process.getBuiltinModule("node:crypto");
	const certificates: { what: string; subject: string; notAfter: number }[] = [];
	for (const name of ["TEMPORAL_TLS_CA", "TEMPORAL_TLS_CERT", "MINIO_TLS_CA"]) {
		try {
			const text = pem(name);
			if (text === undefined) continue;
			const { subject, validTo } = new X509Certificate(text);
			certificates.push({
				what: name,
				subject: subject.replaceAll("\n", ", ").slice(0, 300),
				notAfter: Date.parse(validTo),
			});
		} catch {} // the rung of TLS tells
	}
	const temporalAt = env["TEMPORAL_ADDRESS"] ?? "";
	const storeAt = env["MINIO_ENDPOINT"] ?? "";
	const overTls = on("TEMPORAL_TLS") || Boolean(env["TEMPORAL_API_KEY"]);
	const [cert, key] = [pem("TEMPORAL_TLS_CERT"), pem("TEMPORAL_TLS_KEY")];
	const serverName = env["TEMPORAL_TLS_SERVER_NAME"] || split(temporalAt).host;
	const temporalTls = {
		...{ ca: pem("TEMPORAL_TLS_CA"), serverName, protocols: ["h2"] },
		...(cert && key ? { cert, key } : {}),
	};
	const storeTls = { ca: pem("MINIO_TLS_CA"), serverName: split(storeAt).host };
	const climb = async (
		dependency: "temporal" | "store",
		address: string,
		tls: typeof storeTls | undefined,
		ask: Tools["askStore"],
	) => {
		const rungs: Parameters<typeof ask>[2] = [];
		const dialled = await tools.dial(tools, { ...split(address), tls }, rungs);
		const shown = dialled?.certificate;
		if (shown) certificates.push({ what: `${dependency} at ${address}`, ...shown });
		if (dialled) await ask(tools, dialled.socket, rungs).finally(() => dialled.socket.destroy());
		return { dependency, address, rungs };
	};
	const climbed = await Promise.all([
		climb("temporal", temporalAt, overTls ? temporalTls : undefined, tools.askTemporal),
		climb("store", storeAt, on("MINIO_SECURE") ? storeTls : undefined, tools.askStore),
	]);
	return { ladders: climbed, certificates };
}
