import { inSection, outcome, passed, said } from "../runtime/outcomes.ts";
import type { Found, InsideCheck } from "../triage-check.ts";
import type { InsideFacts } from "../runtime/facts.ts";

type Gpu = NonNullable<InsideFacts["gpu"]>;

/** What the driver says when its devices were taken from a container that runs (systemctl daemon-reload on the host). */
const LOST = /Failed to initialize NVML: Unknown Error|Unable to determine the device handle|GPU is lost/i;
const MISMATCH = /Driver\/library version mismatch/i;
/** Part of the memory in use above which the next model does not fit. */
const FULL = 0.97;

export default {
	code: "TR132",
	scope: "runtime",
	looksAt: "inside",
	severity: "error",
	question: "Can the container use its GPU?",
	why: "A worker without its GPU fails every job, or answers from the CPU a hundred times slower.",
	example:
		"Failed to initialize NVML: Unknown Error → the GPU was lost after a daemon-reload on the host: restart the container",
	run({ instance, inside }) {
		const { name, roles } = instance;
		if (!roles.includes("gpu")) return passed("nothing: it has not the role gpu");
		return inSection(inside, "gpu", (gpu) => {
			if (gpu.pretended) return passed("nothing: its GPU is pretended (GPU_PRETEND=1)");
			const findings =
				gpu.failure === "" ? [...driver(name, gpu), ...full(name, gpu)] : [broken(name, gpu, instance.gpu)];
			return outcome(`${gpu.devices.length} GPUs as nvidia-smi shows them`, findings);
		});
	},
} satisfies InsideCheck;

function broken(name: string, { failure }: Gpu, given: boolean): Found {
	const evidence = [said(name, failure, "nvidia-smi")] as const;
	if (LOST.test(failure))
		return {
			message: `${name} has lost its GPU: ${failure}; a daemon-reload on its host takes devices from containers that run`,
			evidence,
			fix: { say: `cres restart ${name}` },
		};
	if (MISMATCH.test(failure))
		return {
			message: `the driver of ${name}'s host was updated under it: ${failure}`,
			evidence,
			fix: { say: `restart the host of ${name}, then cres start ${name}` },
		};
	const missing = /ENOENT|not found/.test(failure);
	return {
		message: missing
			? `${name} has the role gpu, but its container has no nvidia-smi`
			: `nvidia-smi fails on ${name}: ${failure}`,
		evidence,
		fix: {
			say: given
				? `cres self-test ${name} --role gpu; flavour: cuda in cres.yaml, then cres deploy ${name}`
				: `the host of ${name} hands no GPU to containers: install NVIDIA's container toolkit there`,
		},
	};
}

/** CUDA of an image runs on a driver of the same major version or a newer one. */
function driver(name: string, { cudaImage, cudaDriver, devices }: Gpu): Found[] {
	const [image, host] = [Number.parseInt(cudaImage, 10), Number.parseInt(cudaDriver, 10)];
	if (!(image > host)) return [];
	return [
		{
			message: `the image on ${name} is made for CUDA ${cudaImage}, but its driver ${devices[0]?.driver ?? ""} reaches CUDA ${cudaDriver} only`,
			evidence: [
				said(name, `CUDA_VERSION=${cudaImage}`, "image"),
				said(name, `CUDA Version: ${cudaDriver}`, "nvidia-smi"),
			],
			fix: { say: `a newer driver on the host of ${name}, or a host that has one: cres deploy ${name} --replace` },
		},
	];
}

const full = (name: string, { devices }: Gpu): Found[] =>
	devices
		.filter(({ totalMiB, usedMiB }) => totalMiB > 0 && usedMiB > totalMiB * FULL)
		.map(({ name: device, totalMiB, usedMiB }) => ({
			message: `the memory of ${device} in ${name} is full: ${usedMiB} of ${totalMiB} MiB`,
			evidence: [said(name, `${device}: ${usedMiB} of ${totalMiB} MiB used`, "nvidia-smi")],
			fix: { say: `cres exec ${name} -- nvidia-smi shows who uses it; fewer layers (LLAMA_NGL) or jobs at once` },
			severity: "warning",
		}));
