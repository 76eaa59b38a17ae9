import { directivesIn, type Directive } from "../data/nginx-directives.ts";
import { composeServices } from "../facts/compose.ts";
import { editOf } from "../facts/found.ts";
import { isAside, isSample } from "../tree/aside.ts";
import { ownOf } from "../../system/own-of.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const PASSES = /^(?:proxy|grpc|uwsgi|fastcgi|scgi)_pass$/;
/** Templates of another program. */
const OTHER = /\{\{|\{%|<%/;

export default {
	code: "TS326",
	scope: "static",
	severity: "error",
	question: "Does every name that nginx passes requests to exist, as an upstream or as a zone?",
	why: "nginx resolves names when it starts: with one that nobody knows it does not start, and everything behind it is gone.",
	example: "`proxy_pass http://api_backend;` and the upstream is called `backend_api`; write the name of the upstream.",
	run(tree) {
		const files = tree.in("nginx").filter((file) => !isAside(file.path) && !isSample(file.path) && !file.has(OTHER));
		const all = files.flatMap((file) => directivesIn(file).map((directive) => ({ file, directive })));
		// What is included from elsewhere may define it.
		const open = all.some(({ file, directive }) => directive.name === "include" && !isKnown(tree, file, directive));
		return {
			looked: `${files.length} files of nginx`,
			findings: [...(open ? [] : passes(tree, all)), ...zones(all)],
		};
	},
} satisfies StaticCheck;

interface Said {
	file: SourceFile;
	directive: Directive;
}

/** A file of nginx's own, or one of the tree. */
function isKnown(tree: Tree, file: SourceFile, { args: [path = ""] }: Directive): boolean {
	const base = path.slice(path.lastIndexOf("/") + 1);
	if (/^(?:\/etc\/nginx\/)?(?:mime\.types|fastcgi(?:_params|\.conf)|uwsgi_params|scgi_params|proxy_params)$/.test(path))
		return true;
	if (!base.includes("*")) return tree.paths.some((one) => one === base || one.endsWith(`/${base}`));
	return tree.in("nginx").some((one) => one !== file) || /(?:conf\.d|sites-enabled|modules-enabled)\/\*/.test(path);
}

function passes(tree: Tree, all: readonly Said[]): Found[] {
	const upstreams = all.filter(({ directive }) => directive.name === "upstream");
	const known = new Set(upstreams.map(({ directive }) => directive.args[0]));
	return all.flatMap(({ file, directive }): Found[] => {
		const [, host] = /^(?:\w+:\/\/)?([\w.-]+)(?:[:/]|$)/.exec(directive.args[0] ?? "") ?? [];
		if (!PASSES.test(directive.name) || host === undefined || known.has(host)) return [];
		if (!isInvented(host, upstreams.length) || isReachable(tree, host)) return [];
		const names = [...known].filter((name): name is string => name !== undefined);
		const alike = names.length === 1 ? names[0] : names.find((name) => sameWords(name, host));
		const line = file.lineAt(directive.at);
		return [
			{
				message: `${file.path} passes requests to ${host}, and no upstream or service has that name`,
				evidence: [file.place(line), ...upstreams.slice(0, 3).map((one) => one.file.placeAt(one.directive.at))],
				fix: {
					say: names.length === 0 ? `write upstream ${host} { server …; }` : `write ${alike ?? names.join(" or ")}`,
					...(alike === undefined ? {} : editOf(file, line, host, alike)),
				},
			},
		];
	});
}

/** No name of a machine: it has an underscore, or there are upstreams and it has no dot. */
const isInvented = (host: string, upstreams: number): boolean =>
	!host.includes(".") && host !== "localhost" && (host.includes("_") || upstreams > 0);

/** A service of compose, of Kubernetes, a container that is named, a host that somebody adds. */
function isReachable(tree: Tree, host: string): boolean {
	if (composeServices(tree).some(({ name }) => name === host)) return true;
	const word = new RegExp(
		`(?:--name[= ]|--network-alias[= ]|--add-host[= ]|--link[= ]|--hostname[= ]|container_name:\\s*|\\bname:\\s*|hostname:\\s*|aliases:[^:]*-\\s*)["']?${host}(?![\\w-])`,
	);
	return tree.files.some(({ language, text }) => language !== "nginx" && text.includes(host) && word.test(text));
}

const sameWords = (a: string, b: string): boolean =>
	a.toLowerCase().split(/[_-]/).toSorted().join() === b.toLowerCase().split(/[_-]/).toSorted().join();

const ZONES: Readonly<Record<string, { made: string; name: (args: readonly string[]) => string | undefined }>> = {
	limit_req: { made: "limit_req_zone", name: (args) => args.find((one) => one.startsWith("zone="))?.slice(5) },
	limit_conn: { made: "limit_conn_zone", name: (args) => args[0] },
	proxy_cache: {
		made: "proxy_cache_path",
		name: (args) => (args[0] === "off" || args[0]?.includes("$") ? undefined : args[0]),
	},
};

/** A zone that is used and made nowhere. */
function zones(all: readonly Said[]): Found[] {
	const made = (by: string): string[] =>
		all.flatMap(({ directive: { name, args } }) =>
			name === by ? args.flatMap((one) => /^(?:keys_)?zone=([^:]+)/.exec(one)?.[1] ?? []) : [],
		);
	// A file that is included in the http block of another one, which is not in the tree, has its zones there.
	if (
		!all.some(({ directive }) => directive.name === "http") &&
		!Object.values(ZONES).some((one) => made(one.made).length > 0)
	)
		return [];
	return all.flatMap(({ file, directive }): Found[] => {
		const zone = ownOf(ZONES, directive.name);
		const name = zone?.name(directive.args);
		if (!zone || name === undefined || made(zone.made).includes(name)) return [];
		const others = made(zone.made);
		return [
			{
				message: `${file.path} uses the zone ${name} of ${directive.name}, and no ${zone.made} makes it`,
				evidence: [file.placeAt(directive.at)],
				fix: {
					say:
						others.length > 0
							? `write ${others.join(" or ")}`
							: `write ${zone.made} … zone=${name}:10m in the http block`,
				},
			},
		];
	});
}
