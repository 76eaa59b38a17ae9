import { describe, expect, it } from "vitest";
import { memoryOf, parseGpus } from "../../../images/runtime/nvidia-smi.ts";

const H100 = "NVIDIA H100 80GB HBM3, 570.86.15, 9.0, 81559, 4, 81555";

describe("parseGpus", () => {
	it("reads one GPU a line, and leaves out what has another form", () => {
		const lines = [H100, "[GPU is lost]", "NVIDIA T4, 570.86.15, 7.5, lost, 1, 2", "NVIDIA T4, 570.86.15, 7.5, 15360"];
		expect(parseGpus(`${lines.join("\n")}\n`)).toEqual([
			{
				name: "NVIDIA H100 80GB HBM3",
				driver: "570.86.15",
				computeCapability: "9.0",
				totalMiB: 81_559,
				usedMiB: 4,
				freeMiB: 81_555,
			},
		]);
	});

	it.each(["[Insufficient Permissions]", "[N/A]", "[Not Supported]"])(
		"T16: takes a part of a GPU, of whose memory the driver says %s",
		(untold) => {
			const [gpu] = parseGpus(`NVIDIA A100-SXM4-40GB, 570.86.15, 8.0, ${untold}, ${untold}, ${untold}\n`);
			expect(gpu).toMatchObject({ name: "NVIDIA A100-SXM4-40GB", totalMiB: 0, usedMiB: 0, freeMiB: 0 });
			expect(memoryOf(gpu!)).toBe("memory not told");
			expect(memoryOf({ totalMiB: 15_360 })).toBe("15360 MiB");
		},
	);

	it("finds none in what a broken driver says", () => {
		expect(parseGpus("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.")).toEqual([]);
	});
});
