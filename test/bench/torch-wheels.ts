import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { mustRun } from "./measure.ts";

export interface Wheel {
	name: string;
	version: string;
	/** As it is downloaded. */
	bytes: number;
}

/** What pip says it would install (pip's installation report, version 1). */
const reportSchema = z.object({
	install: z.array(
		z.object({
			metadata: z.object({ name: z.string(), version: z.string() }),
			download_info: z.object({ url: z.url() }),
		}),
	),
});

/** Every wheel that pip would download today for PyTorch with CUDA, the largest first. Nothing is installed. */
export async function torchWheels(python: string): Promise<Wheel[]> {
	const report = join(tmpdir(), `cres-torch-${process.pid}.json`);
	try {
		const flags = ["--dry-run", "--quiet", "--ignore-installed", "--only-binary=:all:", `--report=${report}`];
		await mustRun(python, ["-m", "pip", "install", ...flags, "torch", "torchaudio"]);
		const { install } = reportSchema.parse(JSON.parse(await readFile(report, "utf8")));
		const wheels = await Promise.all(
			install.map(async ({ metadata, download_info: { url } }) => ({ ...metadata, bytes: await sizeOf(url) })),
		);
		return wheels.toSorted((a, b) => b.bytes - a.bytes);
	} finally {
		await rm(report, { force: true });
	}
}

async function sizeOf(url: string): Promise<number> {
	const response = await fetch(url, { method: "HEAD" });
	const bytes = Number(response.headers.get("content-length"));
	if (response.ok && bytes > 0) return bytes;
	throw new Error(`${url} answers HTTP ${response.status} without a size`);
}
