import { dockerfilesOf, masked, scriptOf, type DockerModel, type Stage } from "../dockerfile/model.ts";
import { chainOf, copiesOf } from "../dockerfile/image-files.ts";
import { baseOf } from "../dockerfile/reference.ts";
import { installOf } from "../dockerfile/install.ts";
import { isRequirementFile, requirementsOf } from "../python/requirements.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const CUDA_ON =
	/-D(?:GGML_CUDA|LLAMA_CUDA|LLAMA_CUBLAS|WHISPER_CUBLAS|WHISPER_CUDA|SD_CUDA|SD_CUBLAS)=(?:ON|1|on|TRUE|true)\b|\b(?:GGML_CUDA|LLAMA_CUBLAS|WHISPER_CUBLAS)=1\b/;
/** What lets a link succeed without the driver's library. */
const WITH_STUBS = /stubs|allow-shlib-undefined|unresolved-symbols|GGML_CUDA_NO_VMM|LIBRARY_PATH=\S*stub|libcuda\.so/;
const CUDA_BASE = /(?:^|\/)(?:nvidia\/cuda|pytorch\/pytorch|nvidia\/pytorch|vastai\/pytorch|cuda)(?:[:@]|$)/;
/** `cuda:12.4.1-base-ubuntu22.04` has the runtime's own library and none of those that PyTorch brings. */
const WITHOUT_LIBRARIES = /:[\d.]+-base(?:-|@|$)/;
const OTHER_INDEX = /download\.pytorch\.org|\+cu\d|\+cpu|--no-deps/;

export default {
	code: "TS317",
	scope: "static",
	severity: "warning",
	question: "Do CUDA builds link without a driver, and are CUDA's libraries in the image once?",
	why: "Where an image is built there is no driver: the linker stops with `libcuda.so.1 not found`. And PyTorch's default wheels bring a CUDA of their own, gigabytes beside the one of the base.",
	example:
		"`cmake -DGGML_CUDA=ON` → add `-DCMAKE_EXE_LINKER_FLAGS=-Wl,--allow-shlib-undefined`, or link libcuda.so.1 to the one in /usr/local/cuda/lib64/stubs.",
	run(tree) {
		const models = dockerfilesOf(tree);
		return {
			looked: `${models.length} Dockerfiles`,
			findings: models.flatMap((model) =>
				model.stages.flatMap((stage) => [...withoutStubs(model, stage), ...twice(tree, model, stage)]),
			),
		};
	},
} satisfies StaticCheck;

function withoutStubs({ file }: DockerModel, stage: Stage): Found[] {
	if (chainOf(stage).some(({ steps }) => steps.some(({ rest }) => WITH_STUBS.test(rest)))) return [];
	const step = stage.steps.find(
		({ keyword, rest }) => keyword === "RUN" && CUDA_ON.test(rest) && /\b(?:cmake|make|pip[\d.]*|ninja)\b/.test(rest),
	);
	if (step === undefined) return [];
	const at = step.restAt + CUDA_ON.exec(masked(step))!.index;
	return [
		{
			message: `${file.path} compiles for CUDA and says nothing about the driver's library, which no build has`,
			evidence: [file.placeAt(at)],
			fix: {
				say: "add -DCMAKE_EXE_LINKER_FLAGS=-Wl,--allow-shlib-undefined, or the stubs of the toolkit: ln -s libcuda.so /usr/local/cuda/lib64/stubs/libcuda.so.1 and -Wl,-rpath-link",
			},
		},
	];
}

/** torch of the default index on a base that has CUDA. */
function twice(tree: Tree, model: DockerModel, stage: Stage): Found[] {
	const root = chainOf(stage)[0]!;
	const { text, computed } = baseOf(model, root);
	if (computed || !CUDA_BASE.test(text) || WITHOUT_LIBRARIES.test(text)) return [];
	return stage.steps
		.filter(({ keyword }) => keyword === "RUN")
		.flatMap((step) =>
			scriptOf(step).commands.flatMap((command): Found[] => {
				const install = installOf(command);
				const whole = command.words.map((word) => word.text).join(" ");
				if (install?.tool !== "pip" || OTHER_INDEX.test(whole)) return [];
				const at = model.file.placeAt(step.restAt + command.words[0]!.start);
				const named = install.rest.find((word) => /^(?:torch|nvidia-\w+-cu\d+)(?:[=<>~[].*)?$/.test(word));
				const listed = named === undefined ? inFiles(tree, stage, install.rest) : undefined;
				if (named === undefined && listed === undefined) return [];
				return [
					{
						message: `${model.file.path} installs ${named ?? listed!.name} from the default index on ${text}, which has CUDA already`,
						severity: "note",
						evidence: [
							...(listed === undefined ? [] : [listed.place]),
							at,
							model.file.placeAt(root.from.start),
						] as unknown as Found["evidence"],
						fix: { say: "take a base without CUDA, or the torch that the base brings" },
					},
				];
			}),
		);
}

function inFiles(tree: Tree, stage: Stage, rest: readonly string[]) {
	const names = rest.flatMap((word, at) => (/^-r$/.test(rest[at - 1] ?? "") ? [word.split("/").at(-1)!] : []));
	const copied = copiesOf(stage).flatMap(({ sources }) => sources);
	for (const file of tree.files.filter(isRequirementFile)) {
		if (
			!names.some((name) => file.path.endsWith(name)) ||
			!copied.some(
				(source) =>
					source === "." || file.path.endsWith(source.split("/").at(-1)!.replace(/\*.*/, "")) || source.includes("*"),
			)
		)
			continue;
		if (file.has(OTHER_INDEX)) continue;
		const found = requirementsOf(file).all.find(({ key }) => key === "torch" || /^nvidia-\w+-cu\d+$/.test(key));
		if (found !== undefined) return { name: found.name, place: file.place(found.line) };
	}
	return undefined;
}
