import { dockerfilesOf } from "../dockerfile/model.ts";
import { editOf, placeIn } from "../facts/found.ts";
import { imagesOf } from "../facts/images.ts";
import { commandPorts } from "../facts/service-ports.ts";
import { standingOf } from "../facts/standing.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found } from "../triage-check.ts";
import { textsBelow } from "../workflows/expressions.ts";
import { titleOf, type Workload } from "./workloads.ts";

/** The ports of a container against the one that its image starts on, where the tree builds that image and no other. */
export function opened(tree: Tree, { manifest, template }: Workload): Found[] {
	const models = dockerfilesOf(tree).filter(({ file }) => standingOf(file.path) === "live");
	const [model] = models;
	const started = model === undefined ? [] : commandPorts(model.file);
	if (models.length !== 1 || started.length !== 1) return [];
	const { port, file, line } = started[0]!;
	const made = new Set(imagesOf(tree).flatMap((one) => (one.how === "makes" ? one.repository : [])));
	return (template.get("spec", "containers")?.list ?? []).flatMap((container): Found[] => {
		const image = container
			.get("image")
			?.text?.replace(/@.*$/, "")
			.replace(/:[^/]*$/, "")
			.toLowerCase();
		const own =
			image !== undefined &&
			made.has(image) &&
			container.get("command") === undefined &&
			container.get("args") === undefined;
		const ports = (container.get("ports")?.list ?? []).flatMap((one) => one.get("containerPort") ?? []);
		const settings = [...textsBelow(container)].some(([, { text }]) => text === String(port));
		if (!own || settings || ports.length !== 1 || !/^\d+$/.test(ports[0]!.text ?? "")) return [];
		const [part] = ports as [(typeof ports)[number]];
		return [
			{
				message: `the container of ${titleOf(manifest)} has the port ${part.text!}, and its image listens on ${port}`,
				evidence: [part.place, placeIn(file, line)],
				fix: { say: `write ${port}`, ...editOf(part.file, part.line, part.text!, String(port)) },
			},
		];
	});
}
