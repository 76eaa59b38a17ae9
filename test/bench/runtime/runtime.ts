import { parseArgs } from "node:util";
import type { Build } from "../../../src/image/build.ts";
import { say } from "../measure.ts";
import { withProject, type BenchProject } from "../project.ts";
import { openStage, type Counts, type Stage } from "./stage.ts";

/** In the order in which they run when none is named. */
const SECTIONS: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
	start: async (stage) => (await import("./start.ts")).startSection(stage),
	sizes: async (stage) => (await import("./layers.ts")).sizesSection(stage),
	memory: async (stage) => (await import("./memory.ts")).memorySection(stage),
	speech: async (stage) => (await import("./speech.ts")).speechSection(stage),
	batch: async (stage) => (await import("./batch.ts")).batchSection(stage),
	tiny: async (stage) => (await import("./tiny.ts")).tinySection(stage),
};

const COUNTS: Counts = { runs: 5, videos: 20, jobs: 1_000, minutes: 20 };

/**
 * The app image as a compute node: `runtime [section…] [--runs N] [--videos N] [--jobs N] [--minutes N] [--image DIGEST]`.
 * Builds the image of the tree unless one is given that the perimeter's registry holds. Whatever ends it, its containers,
 * jobs and objects go.
 */
export async function runtimeBench(root: string, args: readonly string[] = []): Promise<void> {
	const { sections, counts, image } = askedOrExit(args);
	await onStage(root, { counts, image }, (stage) => {
		say(`  ${stage.digest}; both roles, GPU pretended: engines on the CPU`);
		return runSections(stage, sections);
	});
}

/** Runs `work` with the image of the tree, or with one that the perimeter's registry holds. */
export async function onStage(
	root: string,
	{ counts = COUNTS, image }: { counts?: Counts; image?: string | undefined },
	work: (stage: Stage) => Promise<void>,
): Promise<void> {
	const interrupt = interruption();
	await withProject(root, {}, async (project) => {
		const stage = await openStage(project, image ?? (await built(project)), counts);
		try {
			await Promise.race([interrupt, work(stage)]);
		} finally {
			await stage.clear();
			await stage.close();
		}
	});
	if (process.exitCode === INTERRUPTED) process.exit();
}

function askedOrExit(args: readonly string[]): ReturnType<typeof asked> {
	try {
		return asked(args);
	} catch (error) {
		process.stderr.write(`${(error as Error).message}\n`);
		process.exit(2);
	}
}

function asked(args: readonly string[]) {
	const number = { type: "string" } as const;
	const options = { runs: number, videos: number, jobs: number, minutes: number, image: { type: "string" } } as const;
	const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
	const unknown = positionals.filter((name) => !Object.hasOwn(SECTIONS, name));
	if (unknown.length > 0)
		throw new Error(`no such section: ${unknown.join(", ")}; there are: ${Object.keys(SECTIONS).join(", ")}`);
	const { image, ...given } = values;
	const counts = {
		...COUNTS,
		...Object.fromEntries(Object.entries(given).map(([name, value]) => [name, Number(value)])),
	};
	return { sections: positionals.length > 0 ? positionals : Object.keys(SECTIONS), counts, image };
}

async function runSections(stage: Stage, names: readonly string[]): Promise<void> {
	for (const name of new Set(names)) {
		say(`\n  ${name}`);
		try {
			await SECTIONS[name]!(stage);
		} finally {
			await stage.clear();
		}
	}
}

const INTERRUPTED = 130;

/** Settles at Ctrl-C, so that what is to be removed is removed. */
const interruption = (): Promise<void> =>
	new Promise((resolve) => {
		for (const signal of ["SIGINT", "SIGTERM"] as const)
			process.once(signal, () => {
				process.exitCode = INTERRUPTED;
				resolve();
			});
	});

async function built({ json }: BenchProject): Promise<string> {
	const { images } = await json<Build>("build", "--push", "--allow-dirty");
	return images.find(({ image }) => image === "app")!.digest!;
}
