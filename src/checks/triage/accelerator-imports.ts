import { launchesOf, type Launch } from "../launch/launches.ts";
import { resolveScript } from "../launch/resolve.ts";
import { importsOf, standingOf } from "../python/imports.ts";
import { moduleFile, relativePath } from "../python/modules.ts";
import { supervisorFilesOf } from "../supervisor/programs.ts";
import { isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

const ACCELERATOR =
	/^(?:torch|torchvision|torchaudio|cupy|pycuda|tensorrt|pynvml|numba\.cuda|cuda|vllm|bitsandbytes|flash_attn|triton|xformers|faster_whisper|ctranslate2|llama_cpp|onnxruntime|tensorflow|jax|whisper|whisperx)$/;
const CPU = /(?<![A-Za-z])cpu(?![A-Za-z])/i;
const GPU = /(?<![A-Za-z])(?:gpu|cuda)(?![A-Za-z])/i;

export default {
	code: "TS334",
	scope: "static",
	severity: "error",
	question: "Does the CPU worker start without a package of the GPU?",
	why: "A module that both kinds of worker share and that imports torch at its top stops the CPU worker on every host without it.",
	example: "`import torch` at the top of worker.py → import it in the function that needs it.",
	run(tree) {
		const entries = cpuEntries(tree);
		const findings = entries.flatMap(({ launch, file }) => reach(tree, launch, file));
		const unique = new Map(findings.map((one) => [JSON.stringify(one.evidence[0]), one]));
		return { looked: `${entries.length} starts of a CPU worker`, findings: [...unique.values()] };
	},
} satisfies StaticCheck;

/** Starts whose line or program says cpu, in a tree where another one says gpu. */
function cpuEntries(tree: Tree): { launch: Launch; file: SourceFile }[] {
	const launches = launchesOf(tree).filter(({ file }) => !isTest(file.path));
	const isGpu = launches.some((launch) => GPU.test(said(tree, launch)));
	if (!isGpu) return [];
	return launches
		.filter((launch) => !GPU.test(said(tree, launch)))
		.flatMap((launch) => {
			const found = launch.kind === "script" ? resolveScript(tree, launch) : undefined;
			const file =
				launch.kind === "script"
					? found !== undefined && "files" in found
						? found.files[0]
						: undefined
					: moduleFile(tree, launch.name, launch.file.path);
			const onCpu = CPU.test(said(tree, launch)) || (file !== undefined && isCpuByDefault(file, said(tree, launch)));
			return file?.language === "python" && onCpu ? [{ launch, file }] : [];
		});
}

/** `os.environ.get("WORKER_MODE", "cpu")`, and the start does not set the name. */
function isCpuByDefault({ text }: SourceFile, start: string): boolean {
	const name =
		/(?:environ\.get|getenv)\(\s*["'](\w*(?:WORKER|ROLE|DEVICE)\w*)["']\s*,\s*["']cpu["']/.exec(text)?.[1] ??
		/\b(\w*(?:WORKER|ROLE|DEVICE)\w*)\s*=\s*os\.(?:environ\.get|getenv)\([^)\n]*["']cpu["']\s*\)/.exec(text)?.[1];
	return name !== undefined && !start.includes(name);
}

/** What the place says about a start: its line, the section around it, or the line that sets its mode. */
function said(tree: Tree, { file, line, by }: Launch): string {
	if (by === "supervisor") {
		const section = supervisorFilesOf(tree)
			.find((ini) => ini.file === file)
			?.sections.findLast((one) => one.line <= line);
		return `${section?.name ?? ""} ${section?.options.map(({ value }) => value).join(" ") ?? ""}`;
	}
	if (by === "compose") return serviceOf(file, line);
	const near =
		by === "powershell" || by === "shell"
			? file.lines
					.slice(Math.max(0, line - 8), line)
					.filter((text) => /WORKER|MODE|ROLE/.test(text) && /=/.test(text))
					.join(" ")
			: "";
	return `${near} ${file.lines[line - 1]!}`;
}

function serviceOf(file: SourceFile, line: number): string {
	let from = line - 1;
	while (from > 0 && !/^ {2}\S/.test(file.lines[from]!)) from -= 1;
	let to = line;
	while (to < file.lines.length && !/^ {0,2}\S/.test(file.lines[to]!)) to += 1;
	return file.lines.slice(from, to).join(" ");
}

/** Follows the imports that run when the entry is loaded. */
function reach(tree: Tree, launch: Launch, entry: SourceFile): Found[] {
	const seen = new Map<SourceFile, FilePlace[]>([[entry, []]]);
	const found: Found[] = [];
	for (const [file, way] of seen)
		for (const one of importsOf(file)) {
			const top = one.module.split(".")[0]!;
			const accelerator = ACCELERATOR.test(top) || ACCELERATOR.test(one.module);
			const targets = accelerator
				? []
				: localOf(tree, file, one.module, one.names).filter((target) => !seen.has(target));
			if (!accelerator && targets.length === 0) continue;
			const standing = one.indented
				? standingOf(file, one)
				: { real: !inText(file, one.at), guarded: false, inFunction: false };
			if (!standing.real || standing.guarded || standing.inFunction) continue;
			const place = file.placeAt(one.at);
			if (accelerator)
				found.push({
					message: `${file.path} imports ${one.module} at its top, and the CPU worker that ${launch.file.path} starts loads it`,
					evidence: [place, ...way.slice(0, 3), launch.file.place(launch.line)],
					fix: { say: `import ${top} inside the function that needs it` },
				});
			for (const target of targets) seen.set(target, [place, ...way]);
		}
	return found;
}

function localOf(tree: Tree, file: SourceFile, module: string, names: readonly string[]): SourceFile[] {
	if (!module.startsWith("."))
		return [module, ...names.map((name) => `${module}.${name}`)].flatMap(
			(one) => moduleFile(tree, one, file.path) ?? [],
		);
	const base = relativePath(file.path, module);
	if (base === undefined) return [];
	return [base, ...names.map((name) => `${base}/${name}`)].flatMap(
		(path) => tree.file(`${path}.py`) ?? tree.file(`${path}/__init__.py`) ?? [],
	);
}

const inText = (file: SourceFile, at: number): boolean => !standingOf(file, { at }).real;
