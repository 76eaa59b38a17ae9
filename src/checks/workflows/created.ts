import type { Job } from "./model.ts";

/** What steps bring into the work space besides a checkout of this repository. */
const BRINGS =
	/^(?:actions\/download-artifact|actions\/cache|dawidd6\/action-download-artifact|robinraju\/release-downloader)@/;

/** Their inputs name what is there. */
const READS = /^actions\/setup-(?:node|python|go|java|dotnet)@/;

/** What of the work space is this repository, and what comes from elsewhere, up to a step. */
export interface Workspace {
	/** Whether this repository was checked out, at the top. */
	checkedOut: boolean;
	/** Folders that hold something else. */
	foreign: readonly string[];
	/** What came from another run or repository, to the top: any path may be there. */
	unknown: boolean;
	/** The scripts that ran before. */
	before: string;
}

/** What is known of a job's working directory before its step number `upTo`, counted from 0. */
export function workspaceOf(job: Job, upTo: number): Workspace {
	const steps = job.steps.slice(0, upTo);
	const checkouts = steps.filter(({ uses }) => uses?.text?.startsWith("actions/checkout") ?? false);
	const folder = (step: (typeof steps)[number]) => step.with.get("path")?.text?.replace(/^\.\/|\/$/g, "") ?? "";
	const others = checkouts.filter((step) => step.with.has("repository"));
	const brought = steps.filter(({ uses }) => BRINGS.test(uses?.text ?? ""));
	const foreign = [...checkouts, ...brought].map(folder).filter((path) => path !== "");
	const toTop = [...others, ...brought.filter(({ uses }) => !uses!.text!.startsWith("actions/cache"))].some(
		(step) => folder(step) === "",
	);
	return {
		checkedOut: checkouts.some((step) => folder(step) === "" && !step.with.has("repository") && !step.with.has("ref")),
		foreign,
		unknown: toTop || foreign.some((path) => path.includes("$")) || job.workflow.kind === "action",
		before: steps
			.map(({ run, uses, with: inputs }) =>
				[run?.text, ...(READS.test(uses?.text ?? "") ? [] : [...inputs.values()].map(({ text }) => text))].join("\n"),
			)
			.join("\n"),
	};
}

/** Folders that programs make. */
const MADE =
	/^(?:\.?\/)?(?:dist|build|out|output|target|node_modules|coverage|tmp|\.?venv|env|site|public|artifacts?|bin|_build|wheelhouse|\.next|\.cache|\.git)(?:\/|$)/;

/** Whether a path may be there though the tree does not have it. */
export function mayExist(path: string, { foreign, unknown, before }: Workspace, script: string): boolean {
	const name = path.split("/").at(-1)!;
	return (
		unknown ||
		MADE.test(path) ||
		/[$*?{}~`<>|]|^\/|^-|\s/.test(path) ||
		path.startsWith("..") ||
		foreign.some((folder) => path === folder || path.startsWith(`${folder}/`)) ||
		before.includes(name) ||
		script.includes(name)
	);
}
