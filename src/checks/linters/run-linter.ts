import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { counted } from "../../system/text.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Found, NotLooked, Outcome, World } from "../triage-check.ts";

/** One program that looks at files, in one process. */
export interface Linter {
	tool: string;
	/** What it looks at, such as `Dockerfile`. */
	noun: string;
	/** A name that tells the program what the file is; `at` keeps it apart from the others. */
	nameOf: (file: SourceFile, at: number) => string;
	argsFor: (names: readonly string[]) => string[];
	/** Exit codes that bring a result. */
	exits: readonly number[];
	/** Exit code that says that no file could be read. */
	none?: number;
	/** Lines that it reads in half a second; it is given no more unless it runs alone. */
	mostLines?: number;
	/** What it printed, as reports of these files. @throws ZodError when it is not what the program prints */
	read: (stdout: string) => readonly Reported[];
}

/** One report of a linter. */
interface Reported {
	/** As `nameOf` said. */
	name: string;
	/** Counted from 1. */
	line: number;
	message: string;
	/** What to change. */
	say: string;
	severity?: Found["severity"];
	/** The program could not read on: the rest of the file was not looked at. */
	blind?: true;
}

/** Command lines of Windows end after 32,767 characters. */
const MOST_FILES = 500;

/**
 * Runs a linter on copies below names of our own: no name of a file can be taken for an option, no setting of the
 * repository switches a rule off, and a tree that lies on no disk can be looked at, too.
 */
export async function lint(
	linter: Linter,
	files: readonly SourceFile[],
	{ signal, world }: { signal: AbortSignal; world: World },
): Promise<Outcome> {
	const { tool, noun } = linter;
	const looked = (count: number) => counted(count, noun);
	if (files.length === 0) return { looked: looked(0), findings: [] };
	const program = await world.tool(tool);
	if (program === undefined)
		return {
			looked: "",
			findings: [],
			couldNotLook: [{ what: `${tool} is not here`, how: `cres tools fetch ${tool}` }],
		};
	const folder = await mkdtemp(join(tmpdir(), "cres-lint-"));
	try {
		const taken = world.thorough ? files : shortest(files, linter.mostLines);
		const named = new Map(taken.map((file, at) => [linter.nameOf(file, at), file]));
		for (const [name, { text }] of named) await writeFile(join(folder, name), text, { mode: 0o600 });
		const reports = await reportsOn([...named.keys()], linter, (args) =>
			world.shell.run(program, args, { cwd: folder, signal }),
		);
		const { findings, couldNotLook } = outcomeOf(tool, named, reports);
		const left = files.length - taken.length;
		const what = `${tool} did not look at ${looked(left)} of ${files.length}: it would take long`;
		if (left > 0) couldNotLook.push({ what, how: `the same command with --only lint-${tool}` });
		return { looked: looked(taken.length), findings, couldNotLook };
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

/** As many whole files as have room, the shortest first: so most of them are looked at, the same ones each time. */
function shortest(files: readonly SourceFile[], mostLines = Infinity): SourceFile[] {
	let room = mostLines;
	return files.toSorted((a, b) => a.lines.length - b.lines.length).filter(({ lines }) => (room -= lines.length) >= 0);
}

async function reportsOn(
	names: readonly string[],
	linter: Linter,
	run: (args: readonly string[]) => ReturnType<World["shell"]["run"]>,
): Promise<Reported[]> {
	const { tool, noun, exits, none, argsFor, read } = linter;
	const reports: Reported[] = [];
	for (let from = 0; from < names.length; from += MOST_FILES) {
		const some = names.slice(from, from + MOST_FILES);
		const { exitCode, stdout, stderr } = await run(argsFor(some));
		if (exitCode === none)
			reports.push({ name: some[0]!, line: 1, message: `no ${noun} can be read`, say: "", blind: true });
		else if (exits.includes(exitCode)) reports.push(...read(stdout));
		else throw new Error(`${tool} exits ${exitCode}: ${stderr.trim().slice(0, 200)}`);
	}
	return reports;
}

function outcomeOf(
	tool: string,
	named: ReadonlyMap<string, SourceFile>,
	reports: readonly Reported[],
): { findings: Found[]; couldNotLook: NotLooked[] } {
	const findings: Found[] = [];
	const couldNotLook: NotLooked[] = [];
	for (const { name, line, message, say, severity, blind } of reports) {
		const file = named.get(name.replaceAll("\\", "/").replace(/^\.\//, ""));
		if (file === undefined) throw new Error(`${tool} names a file that it was not given: ${name}`);
		if (blind)
			couldNotLook.push({
				what: `${tool} cannot read ${file.path}:${line}: ${message}`,
				how: `look at that line; ${tool} also stumbles over forms that it does not know`,
			});
		else
			findings.push({
				message: `${file.path}: ${message}`,
				evidence: [file.place(line)],
				fix: { say },
				...(severity && { severity }),
			});
	}
	return { findings, couldNotLook };
}
