import { mkdir, mkdtemp, readFile, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, it, vi } from "vitest";
import { systemShell } from "../../src/system/shell.ts";
import { runCres } from "../support/run-cres.ts";
import { documentedFields } from "../support/documented-json.ts";
import { sarifFaults } from "../support/sarif.ts";

let directory: string;
const documented = await documentedFields();

const git = (...args: string[]) =>
	systemShell.run(
		"git",
		["-c", "user.name=ops", "-c", "user.email=o@example.com", "-c", "core.autocrlf=false", ...args],
		{ cwd: directory },
	);

/** A repository with a fault, which has nothing that the linters would look at. */
beforeAll(async () => {
	directory = await realpath(await mkdtemp(join(tmpdir(), "cres-triage-")));
	await mkdir(join(directory, "sub"));
	await writeFile(join(directory, "requirements.txt"), "zod==1\r\n");
	await writeFile(join(directory, "sub", "README.md"), "# sub\n");
	await git("init", "-q");
	await git("add", "-A");
	await git("commit", "-q", "-m", "first");
	await writeFile(join(directory, "more.ini"), "[a]\r\n");
});

const cres = (...args: string[]) => runCres(directory, ...args);
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // a process each, several a test

/** One check, so that checks of others change nothing here. */
const ONE = ["triage", "--static", ".", "--only", "carriage-returns"];

it("finds a fault in a folder without cres.yaml, and exits 3", async () => {
	const { code, stdout, stderr } = await cres(...ONE);
	expect([code, stderr]).toEqual([3, ""]);
	expect(stdout).toMatch(/^✖ error {2}TS101 {2}carriage-returns\n {2}more.ini has lines that end with CRLF\n/);
	expect(stdout).toMatch(/\n\n2 errors; looked at: 1 check, 3 files\n$/);
});

it("prints JSON with the fields that the guide names, and SARIF that is valid", async () => {
	const { code, stdout } = await cres(...ONE, "--json");
	expect([code, Object.keys(JSON.parse(stdout) as object).toSorted()]).toEqual([
		3,
		documented.get("triage")?.toSorted(),
	]);
	const sarif = await cres(...ONE, "--sarif");
	expect([sarif.code, sarifFaults(JSON.parse(sarif.stdout))]).toEqual([3, []]);
	const fixes = JSON.parse((await cres(...ONE, "--fix", "--dry-run", "--json")).stdout) as { fixes: unknown };
	expect(fixes.fixes).toEqual([]);
});

it("fails on what got worse alone", async () => {
	const { code, stdout } = await cres(...ONE, "--since", "HEAD");
	expect(code).toBe(3);
	expect(stdout).toContain("1 finding of HEAD is not shown; leave --since out to see it\n");
	await git("add", "-A");
	await git("commit", "-q", "-m", "second");
	const after = await cres(...ONE, "--since", "HEAD");
	expect([after.code, after.stdout]).toEqual([
		0,
		"2 findings of HEAD are not shown; leave --since out to see them\n\nnothing found; looked at: 1 check, 3 files\n",
	]);
	expect((await cres(...ONE, "--since", "v9")).stderr).toContain("v9 is no revision that git can read here");
});

it("writes a page and a bundle, and looks at the bundle elsewhere", async () => {
	const [page, bundle] = [join(directory, "out.html"), join(directory, "out.bundle")];
	const written = JSON.parse((await cres(...ONE, "--html", page, "--bundle", bundle, "--json")).stdout) as object;
	expect(written).toMatchObject({ html: page, bundle });
	expect(await readFile(page, "utf8")).toContain("more.ini has lines that end with CRLF");
	const { code, stdout } = await runCres(tmpdir(), "triage", "--from", bundle, "--only", "TS101");
	expect([code, stdout.match(/^✖/gm)]).toEqual([3, ["✖", "✖"]]);
});

it("is silenced by the lines that explain prints, in a cres.yaml with nothing else", async () => {
	const { stdout } = await cres("triage", "explain", "ts101");
	const block = stdout.slice(stdout.indexOf("\ntriage:\n"));
	await writeFile(join(directory, "cres.yaml"), block);
	const silenced = await cres(...ONE);
	expect([silenced.code, silenced.stdout]).toEqual([
		0,
		// One day when midnight came in between.
		expect.stringMatching(
			/^2 findings silenced, for (?:0 days|1 day) at most\n\nnothing found; looked at: 1 check, 5 files\n$/,
		),
	]);
	await writeFile(join(directory, "cres.yaml"), "triage: 7\n");
	expect((await cres(...ONE)).stdout).toContain("? could not look: silences: triage of cres.yaml: Invalid input");
});

it("names the check that was meant, and what cannot be given together", async () => {
	const lines = [
		["triage", "explain", "carriage-retuns"],
		["triage", "--static", "a", "b"],
		["triage", "--static", "--runtime"],
		["triage", "--static", ".", "--budget", "soon"],
		["triage", "--from", "nowhere.bundle"],
		["triage", "--static", "nowhere"],
	];
	const ran = await Promise.all(lines.map((line) => cres(...line)));
	expect(ran.map(({ code }) => code)).toEqual([2, 2, 2, 2, 1, 1]);
	expect(ran.map(({ stderr }) => stderr.split("\n").find((line) => line.startsWith("✖")))).toEqual([
		"✖ there is no check carriage-retuns",
		"✖ --static takes one folder",
		"✖ cres triage: --static and --runtime exclude each other",
		"✖ --budget soon is no duration",
		expect.stringMatching(/^✖ nowhere.bundle cannot be read: ENOENT/),
		expect.stringMatching(/nowhere cannot be read: ENOENT/),
	]);
	expect(ran[0]!.stderr).toContain("did you mean carriage-returns?");
});

it("lists the checks", async () => {
	const { code, stdout } = await cres("triage", "list");
	expect(code).toBe(0);
	expect(stdout).toMatch(/^CODE +CHECK +ASKS\nTS101 +carriage-returns/);
	expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
});

it("is no clean run of nothing: an empty folder, a check of what is not looked at, or a fix of what runs", async () => {
	const empty = await mkdtemp(join(tmpdir(), "cres-triage-"));
	const { stdout } = await runCres(empty, "triage", "--static", ".", "--only", "carriage-returns");
	expect(stdout).toContain(`? could not look: files: ${await realpath(empty)} has no text file`);
	const runtime = await cres("triage", "--static", ".", "--only", "TR130");
	expect([runtime.code, runtime.stderr]).toEqual([
		2,
		expect.stringContaining("TR130 looks at instances, and none is looked at") as string,
	]);
	for (const flag of ["--fix", "--since=HEAD"]) expect((await cres("triage", "--runtime", "--all", flag)).code).toBe(2);
});
