import type { InsideFacts } from "../inside-facts.ts";
import type { Tools } from "./tools.ts";

/** supervisord's programs over its XML-RPC socket (supervisord.org/api.html), so that a state is a state and no text. */
export async function supervisor(tools: Tools): Promise<InsideFacts["supervisor"]> {
	const { ask, cut, http } = tools;
	const call = async (method: string): Promise<string> => {
		const body = `<?xml version='1.0'?><methodCall><methodName>supervisor.${method}</methodName><params/></methodCall>`;
		const options = { socketPath: ask.socket, path: "/RPC2", method: "POST", headers: { "content-type": "text/xml" } };
		const { status, text } = await http(options, body);
		if (status !== 200 || text.includes("<fault>")) throw new Error(`${method}: ${cut(text, 200) || status}`);
		return text;
	};
	const plain = (text: string): string =>
		cut(text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"), 500);
	if (!process.getBuiltinModule("node:fs").existsSync(ask.socket))
		return { state: "absent", detail: `there is no ${ask.socket}`, programs: [] };
	try {
		tools.supervisorPid = Number(/<int>(\d+)<\/int>/.exec(await call("getPID"))?.[1] ?? 0);
		const structs = (await call("getAllProcessInfo")).split("<struct>").slice(1);
		const programs = structs.map((struct) => {
			const pairs = [...struct.matchAll(/<name>(\w+)<\/name>\s*<value><(\w+)>([\s\S]*?)<\/\2>/g)];
			const found = new Map(pairs.map(([, name, , value]) => [name, value ?? ""]));
			const [name, group] = [plain(found.get("name") ?? ""), plain(found.get("group") ?? "")];
			return {
				name: name === group || group === "" ? name : `${group}:${name}`,
				state: found.get("statename") ?? "UNKNOWN",
				pid: Number(found.get("pid") ?? 0),
				exitStatus: Number(found.get("exitstatus") ?? 0),
				spawnError: plain(found.get("spawnerr") ?? ""),
				startedAt: Number(found.get("start") ?? 0) * 1000,
				stoppedAt: Number(found.get("stop") ?? 0) * 1000,
			};
		});
		return { state: "answers", detail: `${programs.length} programs`, programs };
	} catch (error) {
		return { state: "silent", detail: cut((error as Error).message, 500), programs: [] };
	}
}
