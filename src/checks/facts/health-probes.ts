import { composeServices, itemsOf, type Service } from "./compose.ts";
import { askedPaths, ownPorts } from "./asked-paths.ts";
import { placeIn } from "./found.ts";
import { standingOf } from "./standing.ts";
import { dockerfileAt, madeFrom } from "../dockerfile/holds.ts";
import { dockerfilesOf } from "../dockerfile/model.ts";
import { clusterOf, isComputed } from "../kubernetes/manifests.ts";
import { workloadsOf } from "../kubernetes/workloads.ts";
import { reachedFrom, startedBy } from "../python/reached.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace } from "../triage-check.ts";

export interface Probe {
	path: string;
	place: FilePlace;
	/** What the image that is asked is made from, where that is known. */
	holds?: ((path: string) => boolean) | undefined;
}

const ASKED = /https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0)(?::\d+)?(\/[\w./-]+)/g;
/** Words of the paths that are there to be asked by machines. */
export const HEALTH = /health|ready|readiness|live(?:z|ness)|alive|ping|status/i;

/** Of containers whose image the tree builds by its only code: other images have code of their own. */
export function probesOf(tree: Tree): Probe[] {
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
	const inImages = dockerfilesOf(tree).flatMap((model) =>
		model.steps
			.filter(({ keyword }) => keyword === "HEALTHCHECK")
			.flatMap((step) =>
				[...step.rest.matchAll(ASKED)].map(({ 1: path, index }) => ({
					path: path!,
					place: model.file.placeAt(step.restAt + index),
					holds: madeFrom(tree, model),
				})),
			),
	);
	const composed = composeServices(tree)
		.filter((service) => service.build !== undefined || isOwn(tree, service))
		.flatMap((service) => {
			const model = dockerfileAt(tree, service.dockerfile);
			const holds = loadedBy(tree, service) ?? (model && madeFrom(tree, model));
			return itemsOf(service, "healthcheck").flatMap(({ value, line }) =>
				[...value.matchAll(ASKED)].map(({ 1: path }) => ({ path: path!, place: placeIn(service.file, line), holds })),
			);
		});
	return [...inPods, ...inImages, ...composed, ...askedPaths(tree, isCode)].filter(({ path }) => HEALTH.test(path));
}

/** Whether the Python program that a service starts loads a file, where its command says which program that is. */
function loadedBy(tree: Tree, service: Service): ((path: string) => boolean) | undefined {
	const command = itemsOf(service, "command")
		.map(({ value }) => value)
		.join(" ");
	const first = command === "" ? undefined : startedBy(tree, command);
	const files = first && reachedFrom(tree, [first]);
	if (files === undefined || files.size < 2) return undefined;
	const paths = new Set([...files].map(({ path }) => path));
	return (path) => paths.has(path);
}

/** A variable names its image, and its check asks the port that programs of the tree alone listen on. */
function isOwn(tree: Tree, service: Service): boolean {
	const { image, dockerfile } = service;
	if (dockerfile !== undefined) return true;
	if (image === undefined || !/^\$\{?\w+(?::?\?[^}]*)?\}?$/.test(image)) return false;
	return itemsOf(service, "healthcheck").some(({ value }) =>
		[...value.matchAll(/(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0):(\d+)/g)].some(([, port]) =>
			ownPorts(tree).has(port!),
		),
	);
}

export const isCode = (file: SourceFile): boolean =>
	(file.language === "python" || file.language === "javascript" || /\.(?:go|rs|rb|java|kt|cs|php)$/.test(file.path)) &&
	standingOf(file.path) === "live";
