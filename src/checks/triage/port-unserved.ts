import type { Tree } from "../tree/tree.ts";
import { editOf, listed, placeIn, unique } from "../facts/found.ts";
import { defaultPorts } from "../facts/default-ports.ts";
import { innerAsked, type Inner } from "../facts/container-side.ts";
import { portOfName } from "../facts/named-ports.ts";
import { portsOf, WELL_KNOWN, type Asker, type Listener } from "../facts/ports.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS423",
	scope: "static",
	severity: "error",
	question: "Does something listen on every port of this machine that is asked?",
	why: "The probe or the proxy was moved to a new port and the service was not, or the other way round: it looks dead although it runs.",
	example: "nginx passes to `127.0.0.1:8100`, the API is started with `--port 8000`; write one number on both sides.",
	run(tree) {
		const ports = portsOf(tree);
		const { listeners, askers, forwards, open } = ports;
		const inner = innerAsked(tree, ports);
		const sure = listeners.filter((one) => one.sure);
		const served = new Set([...listeners.map(({ port }) => port), ...defaultPorts(tree)]);
		const asked = new Set(askers.map(({ port }) => port));
		const orphans = sure.filter(({ port, file }) => !asked.has(port) && file.language !== "nginx");
		const lost = Map.groupBy(
			askers.filter(
				({ port, file }) =>
					port <= 65_535 &&
					!served.has(port) &&
					(!WELL_KNOWN.has(port) ||
						(file.language === "nginx" && (orphans.length > 0 || isOnlyOne(file, askers, served)))),
			),
			({ port }) => port,
		);
		const findings =
			open || sure.length === 0
				? []
				: [...lost.values()].flatMap(
						(all) => ofUpstream(tree, unique(all)) ?? finding(unique(all), unique(orphans), unique(sure)),
					);
		if (sure.length === 0) findings.push(...besideTunnels(lost, forwards, asked));
		const told = new Set(inner.map(({ asker }) => asker.port));
		const others = lost.size === 0 ? findings : findings.filter((one) => !isTold(one, told));
		return {
			looked: `${askers.length} addresses of this machine, ${sure.length} programs that listen`,
			findings: [...inner.map(ofInner), ...others],
		};
	},
} satisfies StaticCheck;

const isTold = ({ message }: Found, ports: ReadonlySet<number>): boolean =>
	ports.has(Number(/^port (\d+)/.exec(message)?.[1]));

/** Asked on the host is what a container has inside. */
const ofInner = ({ asker, outer, service, file, line }: Inner): Found => ({
	message: `port ${asker.port} of this machine is asked (${asker.text}), which ${service} has inside its container alone: it is published on ${outer}`,
	evidence: [placeIn(asker.file, asker.line), placeIn(file, line)],
	fix: {
		say: `write ${outer} in ${listed([asker])}`,
		...editOf(asker.file, asker.line, String(asker.port), String(outer)),
	},
});

/** The file asks for this port alone, so that nothing of the tree is asked. */
const isOnlyOne = (file: Asker["file"], askers: readonly Asker[], served: ReadonlySet<number>): boolean =>
	askers.every((one) => one.file !== file || !served.has(one.port));

/** Where all ports are those of tunnels: one that nobody opens, beside a tunnel that nobody asks. */
function besideTunnels(
	lost: ReadonlyMap<number, readonly Asker[]>,
	forwards: readonly Listener[],
	asked: ReadonlySet<number>,
): Found[] {
	const idle = forwards.filter(({ port }) => !asked.has(port));
	return [...lost].flatMap(([port, all]): Found[] => {
		const near = idle.filter((one) => Math.abs(one.port - port) <= 10);
		const [asker, tunnel] = [all[0]!, near[0]];
		if (tunnel === undefined || new Set(near.map((one) => one.port)).size > 1) return [];
		const say = `write ${tunnel.port} in ${listed(all)}`;
		return [
			{
				message: `port ${port} of this machine is asked (${asker.text}), and the tunnel is opened on ${tunnel.port}`,
				evidence: [
					placeIn(asker.file, asker.line),
					...all.slice(1).map(({ file, line }) => placeIn(file, line)),
					placeIn(tunnel.file, tunnel.line),
				],
				fix: { say, ...editOf(asker.file, asker.line, String(port), String(tunnel.port)) },
			},
		];
	});
}

const GENERAL =
	/^(?:app|main|server|service|src|api|http|https|localhost|port|url|uri|base|address|host|env|environ|default|process|const|export|import|meta|get|health|healthz|status|ready|live|curl|proxy|pass|location|web|invoke|request|command|test|fss|max|time)$/;

/** The whole command that a line is of. */
function commandAt({ file, line }: Listener): string {
	let from = line - 1;
	while (from > 0 && line - from < 20 && /[\\`]\s*$/.test(file.lines[from - 1]!)) from--;
	return file.lines.slice(from, line).join(" ").toLowerCase();
}

/** Whether the asker's line names the program that the other line starts. */
function sharesName(asker: Asker, side: Listener): boolean {
	const listening = commandAt(side);
	return wordsIn(asker.file.lines[asker.line - 1]!).some((word) => PROGRAMS.test(word) && listening.includes(word));
}

/** Unless the asker's line names a service that is not the listener. */
function mayMean(asker: Asker, side: Listener): boolean {
	const named = wordsIn(asker.file.lines[asker.line - 1]!);
	if (named.length === 0) return true;
	const listening = `${commandAt(side)} ${side.target ?? ""}`.toLowerCase();
	return named.some((word) => listening.includes(word)) || !named.some((word) => PROGRAMS.test(word));
}

/** Programs with a port of their own, which no other service answers for. */
const PROGRAMS =
	/^(?:llama|llm|ollama|vllm|sglang|tgi|whisper|minio|redis|valkey|temporal|postgres|mysql|mongo|qdrant|weaviate|milvus|chroma|neo4j|elastic\w*|opensearch|kafka|rabbitmq|grafana|prometheus|jaeger|comfyui|comfy|model)$/;

const wordsIn = (text: string): string[] =>
	text
		.toLowerCase()
		.split(/[^a-z0-9]+/)
		.filter((word) => word.length > 2 && !GENERAL.test(word));

/** An upstream of nginx bears the name of something that the tree gives another port. */
function ofUpstream(tree: Tree, askers: readonly Asker[]): Found[] | undefined {
	const [{ file, line, port, text }] = askers as readonly [Asker, ...Asker[]];
	const name = /^[^]*\bupstream\s+([\w.-]+)\s*\{[^}]*$/.exec(file.text.slice(0, file.startOf(line)))?.[1];
	const own = name === undefined || file.language !== "nginx" ? undefined : portOfName(tree, name);
	if (own === undefined || own.port === port) return undefined;
	return [
		{
			message: `port ${port} of this machine is asked (${text}) as ${name!}, and the tree gives that ${own.port}`,
			evidence: [placeIn(file, line), placeIn(own.file, own.line)],
			fix: {
				say: `write ${own.port} in ${listed(askers)}`,
				...(askers.length === 1 ? editOf(file, line, String(port), String(own.port)) : {}),
			},
		},
	];
}

/** Told when a program listens that nobody asks: the other side. Or when the asker stands in the same image. */
function finding(askers: readonly Asker[], orphans: readonly Listener[], sure: readonly Listener[]): Found[] {
	const [asker] = askers as readonly [Asker, ...Asker[]];
	const near = orphans.filter(({ file }) => file.path === asker.file.path);
	const others = near.length > 0 ? near : orphans;
	const inside = asker.file.language === "nginx" || asker.file.language === "dockerfile";
	if (others.length === 0 && !inside) return [];
	const programs = sure.filter(({ file }) => file.language !== "nginx");
	const all = others.length > 0 ? others : programs.length > 0 ? programs : sure;
	const alike = all.filter((side) => sharesName(asker, side));
	const sides = alike.length > 0 ? alike : all;
	const ports = [...new Set(sides.map(({ port }) => port))];
	const first = askers.length <= sides.length || ports.length > 1;
	const places = [...(first ? askers : sides), ...(first ? sides : askers)].map(({ file, line }) =>
		placeIn(file, line),
	);
	const [one, ...rest] = places;
	if (!sides.some((side) => mayMean(asker, side)))
		return [
			{
				message: `port ${asker.port} of this machine is asked (${asker.text}), and nothing in the tree listens there`,
				evidence: [placeIn(asker.file, asker.line), ...askers.slice(1).map(({ file, line }) => placeIn(file, line))],
				fix: {
					say: `start what listens on ${asker.port}, or write the port of the service that is meant in ${listed(askers)}`,
				},
			},
		];
	const say =
		ports.length > 1
			? `write the port of the service that is meant in ${listed(askers)}: ${ports.join(", ")}`
			: first
				? `write ${ports[0]} in ${listed(askers)}`
				: `let the service listen on ${asker.port}: ${listed(sides)}`;
	const edit =
		ports.length > 1
			? {}
			: first
				? editOf(asker.file, asker.line, String(asker.port), String(ports[0]))
				: editOf(sides[0]!.file, sides[0]!.line, String(ports[0]), String(asker.port));
	return [
		{
			message: `port ${asker.port} of this machine is asked (${asker.text}), and what is started listens on ${ports.join(", ")}`,
			evidence: [one!, ...rest],
			fix: { say, ...edit },
		},
	];
}
