import { composeServices } from "../facts/compose.ts";
import { placeIn } from "../facts/found.ts";
import { chainOf } from "../dockerfile/image-files.ts";
import { assignments, dockerfilesOf, type DockerModel, type Stage } from "../dockerfile/model.ts";
import { pipInstalls, type PipInstall } from "../dockerfile/pip-installs.ts";
import { baseOf } from "../dockerfile/reference.ts";
import { isAside } from "../tree/aside.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

const CUDA_BASE =
	/(?:^|\/)nvidia\/cuda[:@]|^nvcr\.io\/nvidia\/|(?:^|\/)pytorch\/pytorch:\S*cuda|(?:^|\/)vastai\/\S*cuda/;
const CPU_INDEX = /(?:download\.pytorch\.org\/whl|abetlen\.github\.io\/llama-cpp-python\/whl)\/cpu\b/;
const OF_INDEX = /^(?:torch|torchvision|torchaudio|llama-cpp-python|llama_cpp_python)(?![\w-])/;

export default {
	code: "TS239",
	scope: "static",
	severity: "error",
	question: "Does an image for a GPU install builds of its packages that use one?",
	why: "A wheel for the CPU has no CUDA: the program ends with `Torch not compiled with CUDA enabled`, or works on the CPU of a machine whose GPU is paid for.",
	example:
		"`torch==2.5.1+cpu` in the requirements of an image on nvidia/cuda: take the index https://download.pytorch.org/whl/cu124.",
	run(tree) {
		const models = dockerfilesOf(tree).filter(({ file }) => !isAside(file.path));
		return { looked: `${models.length} Dockerfiles`, findings: models.flatMap((model) => inImage(tree, model)) };
	},
} satisfies StaticCheck;

function inImage(tree: Tree, model: DockerModel): Found[] {
	const last = model.stages.at(-1);
	if (last === undefined) return [];
	const reason = wantsGpu(tree, model, last);
	if (reason === undefined) return [];
	const found = pipInstalls(tree, model, last).flatMap((install) => [
		...cpuWheels(install),
		...otherCuda(model, last, install),
	]);
	return [...new Map(found.map((one) => [`${one.place.path}:${one.place.line}`, one])).values()].map(
		({ what, place, by, say }) => ({
			message: `${place.path} installs ${what}, and ${reason.why}`,
			evidence: [place, ...(by === undefined || by.line === place.line ? [] : [by]), reason.place],
			fix: { say },
		}),
	);
}

/** What says that the image is for a GPU. */
function wantsGpu(tree: Tree, model: DockerModel, stage: Stage): { why: string; place: FilePlace } | undefined {
	const chain = chainOf(stage);
	for (const one of chain)
		for (const step of one.steps.filter(({ keyword }) => keyword === "ENV"))
			for (const [name, value, at] of assignments(step))
				if (name.endsWith("DEVICE") && /^["']?cuda(?::\d+)?["']?$/.test(value ?? ""))
					return { why: `the image sets ${name}=cuda`, place: model.file.placeAt(at) };
	const service = composeServices(tree).find(
		({ dockerfile, lines }) =>
			dockerfile === model.file.path &&
			lines.some(({ path, value }) => (path.at(-1) === "driver" || path[2] === "runtime") && value === "nvidia"),
	);
	return service === undefined
		? byBase(model, chain)
		: {
				why: `the service ${service.name} of ${service.file.path} gets a GPU`,
				place: placeIn(service.file, service.line),
			};
}

/** A base with CUDA, unless another program of the image may be what needs it. */
function byBase(model: DockerModel, chain: readonly Stage[]): { why: string; place: FilePlace } | undefined {
	const { text, computed } = baseOf(model, chain[0]!);
	const others = chain.some(({ steps }) =>
		steps.some(
			({ keyword, flags, rest }) =>
				(keyword === "COPY" && flags.has("from") && !/venv|site-packages|\/install|wheel|python/.test(rest)) ||
				(keyword === "RUN" && /\bcmake\b|\bnvcc\b|\bllama|\bffmpeg\b|GGML|git clone/.test(rest)),
		),
	);
	if (computed || others || !CUDA_BASE.test(text)) return undefined;
	return { why: `the image stands on ${text}`, place: model.file.placeAt(chain[0]!.from.start) };
}

interface Wheel {
	what: string;
	place: FilePlace;
	by?: FilePlace;
	say: string;
}

const SAY =
	"take the build for CUDA: without +cpu, from the index https://download.pytorch.org/whl/cu124 or that of the image's CUDA";

function cpuWheels({ rest, place, files }: PipInstall): Wheel[] {
	const typed = rest.join(" ");
	const index = CPU_INDEX.exec(typed)?.[0];
	const named = rest.filter((word) => isCpu(word) || (index !== undefined && OF_INDEX.test(word)));
	const listed = files.flatMap(({ file, all }): Wheel[] => {
		const at = file.lines.findIndex((line) => /^\s*--(?:extra-)?index-url/.test(line) && CPU_INDEX.test(line));
		const wheels = all.filter(({ name, specifier, line }) => {
			// With a marker it may be for another system.
			const text = file.lines[line - 1] ?? "";
			return (
				!/;/.test(text) &&
				(isCpu(`${name}${specifier}`) ||
					isCpu(text.trim()) ||
					((at !== -1 || index !== undefined) && OF_INDEX.test(name) && !/\+cu\d/.test(specifier)))
			);
		});
		return wheels.map(({ name, specifier, line }) => ({
			what: `${name}${specifier} for the CPU`,
			place: file.place(line),
			by: at === -1 ? place : file.place(at + 1),
			say: SAY,
		}));
	});
	return [...named.map((word) => ({ what: `${word} for the CPU`, place, say: SAY })), ...listed];
}

const isCpu = (word: string): boolean =>
	/^[\w.-]+==[\w.]+\+cpu\b/.test(word) || /^(?:tensorflow-cpu|jax\[cpu\]|intel-tensorflow)(?:[=<>~!].*)?$/.test(word);

/** cupy-cuda11x needs the libraries of CUDA 11. */
function otherCuda(model: DockerModel, stage: Stage, { rest, place, files }: PipInstall): Wheel[] {
	const { text, computed } = baseOf(model, chainOf(stage)[0]!);
	const base = computed ? undefined : /nvidia\/cuda:(\d+)\./.exec(text)?.[1];
	if (base === undefined) return [];
	const own = rest.map((name) => ({ name, at: place }));
	const listed = files.flatMap(({ file, all }) => all.map(({ name, line }) => ({ name, at: file.place(line) })));
	return [...own, ...listed].flatMap(({ name, at }) => {
		const wanted = /^cupy-cuda(\d{2})x?(?![\w-])/.exec(name)?.[1];
		return wanted === undefined || wanted === base
			? []
			: [{ what: `${name}, which is for CUDA ${wanted}`, place: at, say: `take cupy-cuda${base}x` }];
	});
}
