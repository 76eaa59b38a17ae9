import { composeServices, itemsOf } from "../facts/compose.ts";
import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { dockerfilesOf } from "../dockerfile/model.ts";
import { clusterOf, isComputed } from "../kubernetes/manifests.ts";
import { workloadsOf } from "../kubernetes/workloads.ts";
import { isComment } from "../tree/tokens.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS437",
	scope: "static",
	severity: "warning",
	question: "Does the code have the path that a health check asks for?",
	why: "The check gets 404 from a healthy program: it is restarted again and again, or never gets a request.",
	example: "`httpGet: { path: /health }` and the code serves `/healthz`: write one.",
	run(tree) {
		const probes = probesOf(tree);
		const routes = probes.length === 0 ? [] : routesOf(tree);
		const findings = routes.length === 0 ? [] : probes.flatMap((probe) => unserved(tree, probe, routes));
		return { looked: `${probes.length} health checks by HTTP`, findings };
	},
} satisfies StaticCheck;

interface Probe {
	path: string;
	place: FilePlace;
}

const ASKED = /https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0)(?::\d+)?(\/[\w./-]+)/g;
/** Words of the paths that are there to be asked by machines. */
const HEALTH = /health|ready|readiness|live(?:z|ness)|alive|ping|status/i;

/** Of containers whose image the tree builds by its only code: other images have code of their own. */
function probesOf(tree: Tree): Probe[] {
	const pods = workloadsOf(clusterOf(tree));
	const images = new Set(
		pods.flatMap(({ containers }) => containers.map((one) => one.get("image")?.text?.replace(/[:@].*$/, ""))),
	);
	const inPods =
		images.size !== 1
			? []
			: pods.flatMap(({ containers }) =>
					containers.flatMap((one) =>
						["livenessProbe", "readinessProbe", "startupProbe"].flatMap((probe) => {
							const part = one.get(probe, "httpGet", "path");
							return part?.text === undefined || isComputed(part.text) ? [] : [{ path: part.text, place: part.place }];
						}),
					),
				);
	const inImages = dockerfilesOf(tree).flatMap(({ file, steps }) =>
		steps
			.filter(({ keyword }) => keyword === "HEALTHCHECK")
			.flatMap((step) =>
				[...step.rest.matchAll(ASKED)].map(({ 1: path }) => ({ path: path!, place: file.placeAt(step.start) })),
			),
	);
	const composed = composeServices(tree)
		.filter(({ build }) => build !== undefined)
		.flatMap((service) =>
			itemsOf(service, "healthcheck").flatMap(({ value, line }) =>
				[...value.matchAll(ASKED)].map(({ 1: path }) => ({ path: path!, place: placeIn(service.file, line) })),
			),
		);
	return [...inPods, ...inImages, ...composed, ...inScripts(tree)].filter(({ path }) => HEALTH.test(path));
}

/** What a script waits for on the one port that the images of the tree open. */
function inScripts(tree: Tree): Probe[] {
	const ports = new Set(
		dockerfilesOf(tree).flatMap(({ steps }) =>
			steps
				.filter(({ keyword }) => keyword === "EXPOSE")
				.flatMap(({ rest }) => [...rest.matchAll(/\d+/g)].map(([port]) => port)),
		),
	);
	if (ports.size !== 1) return [];
	const asked = new RegExp(
		`\\b(?:curl|wget|Invoke-\\w+)\\b[^\\n]*?https?:\\/\\/(?:localhost|127\\.0\\.0\\.1):${[...ports][0]!}(\\/[\\w./-]+)`,
		"g",
	);
	return tree
		.in("shell", "powershell")
		.filter(({ path, text }) => standingOf(path) === "live" && /localhost|127\.0\.0\.1/.test(text))
		.flatMap((file) =>
			[...file.text.matchAll(asked)].flatMap(({ 0: all, 1: path, index }) =>
				isComment(file, index) ? [] : [{ path: path!, place: placeIn(file, file.lineAt(index + all.length - 1)) }],
			),
		);
}

interface Route {
	path: string;
	file: SourceFile;
	line: number;
}

const isCode = (file: SourceFile): boolean =>
	(file.language === "python" || file.language === "javascript" || /\.(?:go|rs|rb|java|kt|cs|php)$/.test(file.path)) &&
	standingOf(file.path) === "live";

/** Paths for machines that the code defines. */
const routesOf = (tree: Tree): Route[] =>
	tree.files
		.filter(isCode)
		.flatMap((file) =>
			[
				...file.text.matchAll(
					/(?:\b(?:get|route|handle|HandleFunc|Handle|add_api_route|add_url_rule|add_get|GET|path|all|use)\s*\(\s*)["'`](?:[A-Z]+ )?(\/[\w./-]+)["'`]/g,
				),
			].flatMap(({ 1: path, index }) =>
				HEALTH.test(path!) && !isComment(file, index) ? [{ path: path!, file, line: file.lineAt(index) }] : [],
			),
		);

function unserved(tree: Tree, { path, place }: Probe, routes: readonly Route[]): Found[] {
	const bare = path.replace(/\/$/, "");
	const tail = `/${bare.split("/").at(-1)!}`;
	// A router may stand below a prefix, a server of another file or language may answer.
	const quoted = new RegExp(`["'\`](?:[^"'\`\\n]*)?${tail.replaceAll(/[.+]/g, "\\$&")}/?["'\`?]`);
	const known = tree.files.some(
		(file) =>
			(isCode(file) || file.language === "nginx") &&
			(quoted.test(file.text) || (file.language === "nginx" && file.text.includes(tail))),
	);
	const bases = new Set(routes.map((one) => one.path));
	if (
		known ||
		/actuator/.test(bare) ||
		bases.size === 0 ||
		tree.files.some(({ text, path: own }) => isCodeLike(own) && text.includes(`"${tail.slice(1)}"`))
	)
		return [];
	return [
		{
			message: `${place.path} asks for ${path}, which the code does not serve: it has ${[...bases].join(", ")}`,
			evidence: [place, ...routes.slice(0, 3).map(({ file, line }) => placeIn(file, line))],
			fix: { say: `write ${[...bases][0]!}` },
		},
	];
}

const isCodeLike = (path: string): boolean => /\.(?:py|[cm]?[jt]sx?|go|rs|rb|java|kt|cs|php)$/.test(path);
