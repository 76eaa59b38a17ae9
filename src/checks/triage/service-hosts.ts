import { composeFiles, type ComposeFile } from "../facts/compose-files.ts";
import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { nearest } from "../../system/nearest.ts";
import { areTogether } from "../kubernetes/definitions.ts";
import { clusterOf, isComputed } from "../kubernetes/manifests.ts";
import { textsBelow } from "../workflows/expressions.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Part } from "../workflows/part.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS436",
	scope: "static",
	severity: "error",
	question: "Is every bare host name that a service or its nginx is given the name of a service?",
	why: "In the network of the containers only services have names: `host not found in upstream`, `getaddrinfo ENOTFOUND`.",
	example: "`proxy_pass http://backend:4000` and the service is called api: write api.",
	run(tree) {
		const files = composeFiles(tree);
		const findings = [
			...files.flatMap(inCompose),
			...(files.length === 0 ? [] : tree.in("nginx").flatMap((file) => inNginx(tree, files, file))),
			...inCluster(tree),
		];
		return { looked: `${files.length} compose files`, findings };
	},
} satisfies StaticCheck;

const HOST = /(?<![\w.@-])[a-z][\w+]*:\/\/(?:[^\s/@:]*(?::[^\s/@]*)?@)?([a-z][a-z0-9_-]*)(?::\d{2,5})?(?=[/?"'\s,]|$)/g;
const ELSEWHERE =
	/^(?:localhost|host|gateway|kubernetes|metadata|example|test|local|your-.*|changeme|hostname|user|username)$/;

/** Names that answer in the network of a compose file; undefined: others may, too. */
function namesIn({ beside, open }: ComposeFile): Set<string> | undefined {
	if (open) return undefined;
	const names = new Set<string>();
	for (const { services, root } of beside) {
		for (const part of root.get("networks")?.map.values() ?? [])
			if (part.get("external") !== undefined) return undefined;
		for (const [name, part] of services) {
			if (
				part.get("extra_hosts") !== undefined ||
				part.get("external_links") !== undefined ||
				part.get("network_mode")?.text === "host"
			)
				return undefined;
			for (const one of [name, part.get("container_name")?.text, part.get("hostname")?.text])
				if (one !== undefined) names.add(one);
			for (const network of part.get("networks")?.map.values() ?? [])
				for (const alias of network.get("aliases")?.texts ?? []) names.add(alias.text!);
			for (const link of part.get("links")?.texts ?? []) names.add(link.text!.split(":").at(-1)!);
		}
	}
	return names;
}

function inCompose(file: ComposeFile): Found[] {
	const names = namesIn(file);
	if (names === undefined) return [];
	return [...file.services].flatMap(([service, part]) =>
		[...texts(part)].flatMap(([key, one]) =>
			hostsIn(key, one.text!)
				.filter((host) => !names.has(host))
				.map((host) =>
					foundFor(
						file.file,
						file.file.lineAt(one.valueAt),
						host,
						`${service} is given`,
						[...names].filter((name) => name !== service),
					),
				),
		),
	);
}

/** The environment and the command: pairs, or `NAME=value`. */
function* texts(service: Part): Generator<[key: string, part: Part]> {
	for (const key of ["environment", "command"]) {
		const part = service.get(key);
		if (part === undefined) continue;
		for (const [name, one] of textsBelow(part, key))
			yield [name === key ? (/^([A-Z_]\w*)=/.exec(one.text!)?.[1] ?? key) : name, one];
	}
}

function hostsIn(key: string, text: string): string[] {
	const value = text.startsWith(`${key}=`) ? text.slice(key.length + 1) : text;
	const plain = key.endsWith("_HOST") && /^[a-z][a-z0-9_-]*$/.test(value) ? [value] : [];
	return [...plain, ...[...value.matchAll(HOST)].map(([, host]) => host!)].filter((host) => !ELSEWHERE.test(host));
}

function foundFor(file: SourceFile, line: number, host: string, who: string, names: readonly string[]): Found {
	const meant = nearest(host, names, 2);
	return {
		message: `${who} the host ${host}, and no service has that name`,
		evidence: [placeIn(file, line)],
		fix: { say: meant === undefined ? `write one of ${names.slice(0, 8).join(", ")}` : `write ${meant}` },
	};
}

/** An nginx that goes into an image or a container of a compose file. */
function inNginx(tree: Tree, files: readonly ComposeFile[], file: SourceFile): Found[] {
	const used = files.filter(
		({ file: one }) =>
			one.text.includes(file.path.split("/").at(-1)!) ||
			tree.in("dockerfile").some(({ text }) => text.includes(file.path.split("/").at(-1)!)),
	);
	const [home] = used;
	const known = home === undefined ? undefined : namesIn(home);
	if (home === undefined || known === undefined || standingOf(file.path) !== "live" || file.has(/\bresolver\b|\$\{/))
		return [];
	const upstreams = file.matches(/^\s*upstream\s+([\w.-]+)/gm).map(([, name]) => name!);
	const others = new Set([
		...files.flatMap((one) => [...(namesIn(one) ?? [])]),
		...clusterOf(tree).manifests.flatMap(({ name }) => name ?? []),
	]);
	const asked = [
		...file.text.matchAll(
			/^[ \t]*(?:(?:proxy|grpc)_pass\s+\w+:\/\/|(?:uwsgi|fastcgi)_pass\s+|server\s+)([a-z][a-z0-9_-]*)(?::\d+)?[/;\s]/gm,
		),
	];
	return asked
		.map(({ 0: all, 1: host, index }) => ({ host: host!, line: file.lineAt(index + all.indexOf(host!)) }))
		.filter(({ host }) => !others.has(host) && !upstreams.includes(host) && !ELSEWHERE.test(host) && host !== "unix")
		.map(({ host, line }) => foundFor(file, line, host, `${file.path} asks`, [...known]));
}

/** `…_HOST: redis` of a ConfigMap or a container beside Services of other names. */
function inCluster(tree: Tree): Found[] {
	const cluster = clusterOf(tree);
	if (cluster.open || cluster.charts !== "") return [];
	const services = cluster.manifests.filter(({ kind, name }) => kind === "Service" && name !== undefined);
	const maps = cluster.manifests.filter(({ kind, broken }) => kind === "ConfigMap" && !broken);
	return maps.flatMap(({ file, root }) =>
		[...(root.get("data")?.map ?? [])].flatMap(([key, part]): Found[] => {
			const near = services.filter((one) => areTogether(one.file, file)).map(({ name }) => name!);
			const host =
				key.endsWith("_HOST") && /^[a-z][a-z0-9-]*$/.test(part.text ?? "") && !isComputed(part.text!)
					? part.text!
					: undefined;
			const known =
				host === undefined ||
				near.length === 0 ||
				ELSEWHERE.test(host) ||
				cluster.manifests.some(({ name }) => name !== undefined && host.startsWith(name));
			return known
				? []
				: [
						{
							...foundFor(
								file,
								part.line,
								host,
								`the ConfigMap ${root.get("metadata", "name")?.text ?? ""} gives`,
								near,
							),
							severity: "warning",
						},
					];
		}),
	);
}
