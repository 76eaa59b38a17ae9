import type { Import } from "./sources.ts";

/** Packages that cost more to load than most commands take: imported inside the one module that owns them. */
export const HEAVY = [
	...["@octokit/plugin-retry", "@octokit/plugin-throttling", "@octokit/rest"],
	...["@sigstore/bundle", "@sigstore/protobuf-specs", "@sigstore/sign", "@sigstore/verify"],
	...["@temporalio/client", "aws4", "dockerode", "execa", "ssh2"],
];

/** What a domain shows to the other domains besides its types. */
const SHARED = new Set([
	"src/attest/signed-by.ts",
	"src/backend/place.ts",
	"src/backend/settings.ts",
	"src/backend/status.ts",
	"src/checks/doctor/check.ts",
	"src/checks/doctor/disk.ts",
	"src/checks/doctor/run.ts",
	"src/config/config.ts",
	"src/config/doubtful.ts",
	"src/config/edit-file.ts",
	"src/config/edit.ts",
	"src/instances/docker/answers.ts",
	"src/instances/docker/attach.ts",
	"src/instances/docker/create.ts",
	"src/instances/docker/exec.ts",
	"src/instances/docker/host-facts.ts",
	"src/instances/docker/log-lines.ts",
	"src/instances/docker/pull.ts",
	"src/instances/find.ts",
	"src/instances/log-line.ts",
	"src/instances/ssh/session.ts",
	"src/perimeter/check.ts",
	"src/perimeter/document.ts",
	"src/perimeter/edit.ts",
	"src/perimeter/plain.ts",
	"src/perimeter/report.ts",
	"src/perimeter/starter.ts",
	"src/plan/code-span.ts",
	"src/plan/document.ts",
	"src/plan/plan-file.ts",
	"src/plan/reader.ts",
	"src/promotion/channel.ts",
	"src/registry/image-reference.ts",
	"src/registry/referrers.ts",
	"src/registry/release-image.ts",
	"src/registry/schemas.ts",
	"src/rollout/lease.ts",
	"src/rollout/run-spec.ts",
	"src/temporal/pollers.ts",
	"src/temporal/until-polling.ts",
	"src/vast/endpoint-of.ts",
	"src/vast/label.ts",
	"src/vast/ours.ts",
]);

/** Functions of system without state. Its ports (Shell, Clock, Processes) reach domains and services from the caller. */
const HELPERS = new Set([
	"src/system/ascending.ts",
	"src/system/json.ts",
	"src/system/child-environment.ts",
	"src/system/defined.ts",
	"src/system/docker-calls.ts",
	"src/system/docker-hub.ts",
	"src/system/dockerfile-instructions.ts",
	"src/system/escapes.ts",
	"src/system/docker-refusal.ts",
	"src/system/docker-storage.ts",
	"src/system/dotenv.ts",
	"src/system/durable-files.ts",
	"src/system/encoding.ts",
	"src/system/files.ts",
	"src/system/follow.ts",
	"src/system/hosts.ts",
	"src/system/limits.ts",
	"src/system/log-cause.ts",
	"src/system/log-file.ts",
	"src/system/mark.ts",
	"src/system/markdown-nodes.ts",
	"src/system/nearest.ts",
	"src/system/own-of.ts",
	"src/system/powershell.ts",
	"src/system/progress.ts",
	"src/system/redirect.ts",
	"src/system/retry.ts",
	"src/system/schema-words.ts",
	"src/system/text.ts",
	"src/system/trace.ts",
	"src/system/until.ts",
	"src/system/windows-rights.ts",
	"src/system/yaml-text.ts",
	"src/system/young-heap.ts",
]);

/** One of LAYERS, `images`, `rehearsal`, or `domain`. */
function layerOf(file: string): string {
	const [top, folder] = file.split("/");
	if (top !== "src") return top!;
	return LAYERS.includes(folder!) ? folder! : "domain";
}

const LAYERS = ["commands", "cli", "contracts", "system", "secrets", "errors", "state", "services"];
const GROUND = ["contracts", "secrets", "errors", "system"];
/** Layer → what it may import. */
export const ARROWS: Readonly<Record<string, readonly string[]>> = {
	commands: ["cli", "domain", "state", ...GROUND],
	cli: ["cli", "domain", "state", "services", ...GROUND],
	domain: ["domain", "state", "services", ...GROUND],
	state: ["state", ...GROUND],
	services: ["services", "errors", "system"],
	system: ["system", "errors", "secrets"],
	secrets: ["secrets"],
	errors: ["errors"],
	contracts: ["contracts"],
	images: ["images", "contracts"],
	rehearsal: ["rehearsal", "contracts", "errors", "system", "services"],
};

/** Why an import must not be, or undefined when it may. */
export function arrowFault(one: Import): string | undefined {
	const inside = /^(src|images|rehearsal)\//.test(one.target);
	const fault = inside ? localFault(one) : packageFault(one);
	return fault && `${one.file} imports ${one.target}: ${fault}`;
}

function localFault({ file, target, kind }: Import): string | undefined {
	const [from, to] = [layerOf(file), layerOf(target)];
	if (to === "rehearsal" && from !== "rehearsal") {
		if (kind === "type" && (from === "commands" || from === "cli")) return undefined;
		const lazily = kind === "lazy" && /^src\/commands\/(?:rehearse|triage\/index\.ts)/.test(file);
		return lazily ? undefined : "only src/commands/rehearse and triage import the rehearsal, by await import()";
	}
	if (!ARROWS[from]?.includes(to)) return `there is no arrow ${from} → ${to}`;
	if (from === "images" && to === "images") return programFault(file, target);
	const driver = /^src\/instances\/(?:open\.ts|\w+\/)/.test(target);
	if (domainOf(file) === "rollout" && driver) return "a rollout knows the interface of an instance and no driver";
	if (kind === "type" || !["domain", "services", "state"].includes(from)) return undefined;
	if (to === "system" && !HELPERS.has(target)) return `${from} gets the ports of system handed in`;
	if (to === "domain" && domainOf(file) !== domainOf(target) && !SHARED.has(target))
		return "a domain imports another one's types and what it shares, nothing else";
	return undefined;
}

/** The programs of an image share images/runtime and know nothing of each other; what lies beside their folders builds them. */
function programFault(file: string, target: string): string | undefined {
	const [from, to] = [domainOf(file), domainOf(target)];
	if (from.endsWith(".js") && to.endsWith(".js")) return undefined;
	return to === from || to === "runtime" ? undefined : `there is no arrow images/${from} → images/${to}`;
}

function packageFault({ file, target, kind }: Import): string | undefined {
	const from = layerOf(file);
	if (!file.startsWith("src/")) return undefined;
	if (from === "contracts" && target !== "zod") return "contracts import zod and nothing else";
	if (target.startsWith("@oclif/") && from !== "commands" && from !== "cli") return "a domain knows no oclif";
	if (target.startsWith("@temporalio/") && domainOf(file) !== "temporal") return "only src/temporal talks to Temporal";
	if (HEAVY.includes(target) && kind === "static") return "a heavy package is loaded by await import()";
	return undefined;
}

/** The folder below src or images. */
const domainOf = (file: string): string => file.split("/")[1]!;

/** A circle of domains that import each other at run time, as `a → b → a`; undefined when there is none. */
export function circle(imports: readonly Import[]): string | undefined {
	const next = new Map<string, Set<string>>();
	for (const { file, target, kind } of imports) {
		if (kind === "type" || layerOf(file) !== "domain" || !target.startsWith("src/")) continue;
		if (layerOf(target) !== "domain" || domainOf(file) === domainOf(target)) continue;
		next.set(domainOf(file), (next.get(domainOf(file)) ?? new Set()).add(domainOf(target)));
	}
	const walk = (path: readonly string[]): string | undefined => {
		for (const domain of next.get(path.at(-1)!) ?? []) {
			if (path.includes(domain)) return [...path.slice(path.indexOf(domain)), domain].join(" → ");
			const found = walk([...path, domain]);
			if (found !== undefined) return found;
		}
		return undefined;
	};
	return [...next.keys()].map((domain) => walk([domain])).find((found) => found !== undefined);
}

/** Circles of files that import each other, types and lazy imports too: each as its files, sorted; the largest first. */
export function fileCircles(imports: readonly Pick<Import, "file" | "target">[]): string[][] {
	const next = Map.groupBy(imports, ({ file }) => file);
	const order = new Map<string, number>();
	const low = new Map<string, number>();
	const stack: string[] = [];
	const circles: string[][] = [];
	const visit = (file: string): void => {
		order.set(file, order.size);
		low.set(file, order.get(file)!);
		stack.push(file);
		for (const { target } of next.get(file) ?? []) {
			if (!order.has(target)) visit(target);
			if (stack.includes(target)) low.set(file, Math.min(low.get(file)!, low.get(target)!));
		}
		if (low.get(file) !== order.get(file)) return;
		const members = stack.splice(stack.indexOf(file));
		const itself = next.get(file)?.some(({ target }) => target === file) ?? false;
		if (members.length > 1 || itself) circles.push(members.toSorted());
	};
	for (const file of next.keys()) if (!order.has(file)) visit(file);
	return circles.toSorted((a, b) => b.length - a.length);
}
